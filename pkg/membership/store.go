package membership

import (
	"cmp"
	"context"
	"errors"
)

// Store keeps at most one record for each pair of user and organization.
type Store interface {
	// Create stores r where the pair has no record, or one that r.MayTake says it
	// may replace. The check and the write are one atomic step: of parallel calls
	// for a pair, at most one stores its record. Once Create has returned without
	// an error, r is durable and whole.
	//
	// It returns the soft-deleted record that r replaced, or nil. Its errors are an
	// *OccupiedError with the record that r must not replace; ErrUnavailable,
	// after which r is stored whole or not at all; and others where no retry
	// helps, such as ErrUnreadable.
	Create(ctx context.Context, r Record) (*Replaced, error)
}

// Record is a stored membership, with what later calls need to know about the calls
// that wrote it.
type Record struct {
	Membership

	// RegisteredBy is the caller's user id.
	RegisteredBy string
	// RequestID is for tracing only.
	RequestID string
	// Mark is unique to the registration. By it, an attempt recognizes that an
	// earlier attempt of the same call has stored the record.
	Mark string
	// IdempotencyKey and RequestHash are empty where the caller sent no key.
	IdempotencyKey, RequestHash string

	// Last is the last change since the registration, or zero.
	Last LastChange
}

// LastChange is what a change, a removal or a restoration leaves in a record. It
// is zero or complete.
type LastChange struct {
	// Revision is the one that this write gave the record, Previous the one before.
	Revision, Previous string
	Operation          Operation
	// ChangedBy is the caller's user id.
	ChangedBy string
	// Hash identifies the request by its values.
	Hash string
}

// Revision is the revision of the last change, or the mark of the registration
// before any change. Every write gives the record a new one.
func (r Record) Revision() string { return cmp.Or(r.Last.Revision, r.Mark) }

// MayTake says whether r may replace old: old was deleted before r was asked for,
// and r is another registration. A late attempt, or a retry by the caller (same
// key) or by the client library (same mark), must not undo the deletion.
func (r Record) MayTake(old Record) bool {
	return !old.Active() && old.DeletedAt.Before(r.CreatedAt) && old.Mark != r.Mark && !old.sameKey(r)
}

func (r Record) sameKey(other Record) bool {
	return r.IdempotencyKey != "" &&
		r.IdempotencyKey == other.IdempotencyKey &&
		r.RegisteredBy == other.RegisteredBy
}

// Replaced is the part of a replaced soft-deleted record that is logged, as it was
// stored.
type Replaced struct {
	CreatedAt, DeletedAt, RegisteredBy string
}

// OccupiedError says that the pair has a record that must not be replaced.
type OccupiedError struct{ Record Record }

func (e *OccupiedError) Error() string { return "the pair has a record already" }

// ErrUnreadable says that the stored item is not a membership. Another writer of
// the table wrote it, and no retry helps.
var ErrUnreadable = errors.New("the stored item is not a membership")

// ErrUnavailable says that a store gave no usable response in time. What was to be
// written is stored whole or not at all.
var ErrUnavailable = errors.New("the store is unavailable")
