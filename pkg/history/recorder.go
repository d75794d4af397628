package history

import (
	"context"
	"errors"
	"fmt"

	"users-organizations/pkg/membership"
)

// Log keeps the entries of each pair. Nothing in it is ever changed or deleted.
// Beside ErrTaken, its errors are membership.ErrUnavailable, and others where no
// retry helps.
type Log interface {
	Lister
	// Append stores e as a whole, or returns ErrTaken where the pair has an entry
	// of that sequence. The check and the write are one atomic step. After
	// membership.ErrUnavailable, e is stored whole or not at all.
	Append(ctx context.Context, e Entry) error
}

// Lister reads entries.
type Lister interface {
	// List returns up to size entries of a pair, 1 to 1,000, with a sequence less
	// than below, the highest first. It leaves out no entry that was appended before
	// the call. It may return fewer than size although more follow: the oldest entry
	// has sequence 1.
	List(ctx context.Context, pair Pair, below int64, size int) ([]Entry, error)
}

// ErrTaken says that the pair has an entry of that sequence.
var ErrTaken = errors.New("the sequence is taken")

// Recorder appends changes to a log.
type Recorder struct{ Log Log }

// Record appends the entry of a change and returns it, or the entry that the
// change has already: the stream shows each change at least once. Its errors are
// those of the Log, but for ErrTaken.
func (r *Recorder) Record(ctx context.Context, c Change) (e Entry, appended bool, err error) {
	var newest, recorded *Entry
	// A pair without an item usually has no entry, so a first registration is
	// appended without a read.
	if !c.Before.isAbsent() || c.After.isAbsent() {
		if newest, recorded, err = r.find(ctx, c); err != nil {
			return Entry{}, false, err
		}
	}
	for recorded == nil {
		e = c.entry(newest)
		err = r.Log.Append(ctx, e)
		if err == nil {
			return e, true, nil
		}
		if !errors.Is(err, ErrTaken) {
			return Entry{}, false, fmt.Errorf("append to the history of %s: %w", c.Pair, err)
		}
		if newest, recorded, err = r.find(ctx, c); err != nil {
			return Entry{}, false, err
		}
	}
	return *recorded, false, nil
}

// newestOf is greater than every sequence: a List below it starts at the newest.
const newestOf = membership.MaxInteger

// How many entries find reads at once. The first few are usually enough.
const (
	few  = 4
	many = 100
)

// find returns the latest entry of the pair, and that of the change itself. Each is
// nil if it does not exist. It reads from the newest entry down, to the change's
// own or to one whose Latest is before the change: Latest never falls with the
// sequence, so all entries below that one are of earlier records.
func (r *Recorder) find(ctx context.Context, c Change) (newest, recorded *Entry, err error) {
	for below, size := int64(newestOf), few; ; size = many {
		entries, err := r.Log.List(ctx, c.Pair, below, size)
		if err != nil {
			return nil, nil, fmt.Errorf("read the history of %s: %w", c.Pair, err)
		}
		for i := range entries {
			e := &entries[i]
			if newest == nil {
				newest = e
			}
			switch {
			case e.EventID == c.EventID:
				return newest, e, nil
			case e.Latest.Before(c.At):
				return newest, nil, nil
			}
			below = e.Sequence
		}
		if len(entries) == 0 || below == 1 {
			return newest, nil, nil
		}
	}
}
