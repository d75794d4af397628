package history

import (
	"context"
	"errors"
	"fmt"

	"users-organizations/pkg/membership"
)

// Log keeps the entries of each pair. Nothing in it is ever changed or deleted.
// Its errors are those of membership.Store.
type Log interface {
	Lister
	// Append stores e as a whole, or returns ErrTaken where the pair has an entry
	// of that sequence. Looking and storing are one atomic step.
	Append(ctx context.Context, e Entry) error
}

// Lister reads entries.
type Lister interface {
	// List returns up to size entries of a pair whose sequence is below another,
	// the highest first, and none if there are none. It leaves out no entry that
	// was appended before the call. There may be fewer than size while more
	// follow: down to sequence 1 there always are.
	List(ctx context.Context, pair Pair, below int64, size int) ([]Entry, error)
}

// ErrTaken says that the pair has an entry of that sequence.
var ErrTaken = errors.New("the sequence is taken")

// Recorder appends changes to a log.
type Recorder struct{ Log Log }

// Record appends the entry of a change and returns it, or the entry that the
// change has already: the stream shows each change at least once.
func (r *Recorder) Record(ctx context.Context, c Change) (e Entry, appended bool, err error) {
	var at place
	// A pair whose item was not there has mostly no entry: not to look for one
	// saves the read of a registration.
	if c.Old != nil || c.New == nil {
		if at, err = r.find(ctx, c); err != nil {
			return Entry{}, false, err
		}
	}
	for at.recorded == nil {
		e = c.entry(at.newest)
		err = r.Log.Append(ctx, e)
		if err == nil {
			return e, true, nil
		}
		if !errors.Is(err, ErrTaken) {
			return Entry{}, false, fmt.Errorf("append to the history of %s: %w", c.Pair, err)
		}
		if at, err = r.find(ctx, c); err != nil {
			return Entry{}, false, err
		}
	}
	return *at.recorded, false, nil
}

// place is where a change belongs in the history of its pair.
type place struct {
	// newest is the latest entry, and nil where there is none.
	newest *Entry
	// recorded is the entry of the change itself, and nil where it has none.
	recorded *Entry
}

// newestOf is above every sequence.
const newestOf = membership.MaxInteger

// The entries that are read at once: the first few mostly suffice.
const (
	few  = 4
	many = 100
)

// find goes back until it meets the entry of the change, or one that all of the
// stream had led to before it saw the change: no entry from there on is of that
// change. That holds in whatever order records came, and however often.
func (r *Recorder) find(ctx context.Context, c Change) (place, error) {
	var at place
	for below, size := int64(newestOf), few; ; size = many {
		entries, err := r.Log.List(ctx, c.Pair, below, size)
		if err != nil {
			return place{}, fmt.Errorf("read the history of %s: %w", c.Pair, err)
		}
		for i := range entries {
			e := &entries[i]
			if at.newest == nil {
				at.newest = e
			}
			if e.EventID == c.EventID {
				at.recorded = e
				return at, nil
			}
			if e.Latest.Before(c.At) {
				return at, nil
			}
			below = e.Sequence
		}
		if len(entries) == 0 || below == 1 {
			return at, nil
		}
	}
}
