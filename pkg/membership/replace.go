package membership

import (
	"context"
	"time"
)

// Replacer changes the records of a Store.
type Replacer interface {
	// Replace applies r to the record of its key where r.Applies allows it, and
	// returns the new record, which is durable then. The check and the write are
	// one atomic step.
	//
	// Its errors are ErrNotFound where there is no record; a *MismatchError with
	// the record where r does not apply; ErrUnavailable, after which r is applied
	// whole or not at all; and others where no retry helps.
	Replace(ctx context.Context, r Replacement) (Record, error)
	Getter
}

// Getter reads records.
type Getter interface {
	// Get returns the record of a key as it is at some time during the call, with
	// every write that was acknowledged before the call. Its errors are ErrNotFound
	// where the key has no record, ErrUnavailable, and others where no retry helps,
	// such as ErrUnreadable.
	Get(ctx context.Context, key Key) (Record, error)
}

// Replacement is a write that gives a record its next revision.
type Replacement struct {
	Key

	// Last is what this write leaves in the record. Last.Previous is the revision
	// that the record must have.
	Last LastChange
	// RequestID is for tracing only.
	RequestID string
	// Grant has the parts that a change sets.
	Grant Grant
	// At is the time of the request. A removal makes it the DeletedAt, a change or
	// a restoration the UpdatedAt.
	At time.Time
}

// Operation is what a Replacement does to a membership.
type Operation string

// The operations.
const (
	Changed  Operation = "changed"
	Removed  Operation = "removed"
	Restored Operation = "restored"
)

// Applies says whether r may replace old. old must have the revision that r names,
// and must be deleted for a restoration, active for a change or a removal.
func (r Replacement) Applies(old Record) bool {
	return old.Revision() == r.Last.Previous && old.Active() == (r.Last.Operation != Restored)
}

// Apply returns the record that r makes of old.
func (r Replacement) Apply(old Record) Record {
	next := old
	next.Last, next.RequestID = r.Last, r.RequestID
	switch r.Last.Operation {
	case Removed:
		next.DeletedAt = r.At
	case Restored:
		next.DeletedAt, next.UpdatedAt = time.Time{}, r.At
	case Changed:
		next.UpdatedAt = r.At
		r.Grant.apply(&next.Membership)
	}
	return next
}

func (g Grant) apply(m *Membership) {
	if g.Scope != nil {
		m.Scope = *g.Scope
	}
	if g.Group != nil {
		m.Permissions.Group = *g.Group
	}
	if g.Read != nil {
		m.Permissions.Read = g.Read
	}
	if g.Manage != nil {
		m.Permissions.Manage = g.Manage
	}
}

// MismatchError says that the Replacement does not apply to the record.
type MismatchError struct{ Record Record }

func (e *MismatchError) Error() string { return "the replacement does not apply to the record" }
