package membership

import (
	"context"
	"time"
)

// Replacer keeps records as Store does, and replaces their parts.
type Replacer interface {
	// Replace applies r to the record of its key where r.Applies says so, and
	// returns the record as it is then. Looking and writing are one atomic step,
	// and what it returns is durable. Otherwise it changes nothing and returns
	// ErrNotFound where there is no record; a *MismatchError with the record;
	// ErrUnavailable, after which r is applied whole or not at all; or another
	// error where no retry helps.
	Replace(ctx context.Context, r Replacement) (Record, error)
	// Get is Getter.Get.
	Getter
}

// Getter reads records.
type Getter interface {
	// Get returns the record of a key as it is at some time during the call, with
	// every write in it that was acknowledged before. Its errors are ErrNotFound
	// where the key has no record, and those of Store.Create.
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
	// Grant is what a change sets.
	Grant Grant
	// At is when it was asked for. It becomes the time of deletion of what is
	// removed, and the time of the update of what is changed or restored.
	At time.Time
}

// Operation is what a write does to a membership that is there.
type Operation string

// The operations.
const (
	Changed  Operation = "changed"
	Removed  Operation = "removed"
	Restored Operation = "restored"
)

// Applies says whether r may be written over old: only over the revision that it
// names, and only what is deleted is restored, and only what is active changed
// or removed.
func (r Replacement) Applies(old Record) bool {
	return old.Revision() == r.Last.Previous && old.Active() == (r.Last.Operation != Restored)
}

// Apply gives the record that r makes of old.
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

// MismatchError says that the record is not one that the Replacement applies to.
type MismatchError struct{ Record Record }

func (e *MismatchError) Error() string { return "the record is not the one to be replaced" }
