package membership

import (
	"cmp"
	"context"
	"errors"
)

// Store keeps at most one record for each pair of user and organization.
type Store interface {
	// Create stores r where r.MayTake says that its place is free. Looking and
	// storing are one atomic step: of any number of calls at once for a pair,
	// at most one finds the place free. Once Create has returned without an
	// error, r is durable and whole.
	//
	// It returns the soft-deleted record that r replaced, or nil; an
	// *OccupiedError with the record that holds the place; ErrUnavailable,
	// after which r is stored whole or not at all; or another error where no
	// retry helps, such as a stored record that it cannot read.
	Create(ctx context.Context, r Record) (*Replaced, error)
}

// Record is a membership as it is stored, with what later calls need to know
// about the calls that wrote it.
type Record struct {
	Membership

	// RegisteredBy is the caller's user id.
	RegisteredBy string
	// RequestID is for tracing only.
	RequestID string
	// Mark is this registration's own, so that a repeated write recognizes
	// what an earlier attempt of it has stored.
	Mark string
	// IdempotencyKey and RequestHash are empty where the caller sent no key.
	IdempotencyKey, RequestHash string

	// Last is the last change since the registration, or zero.
	Last LastChange
}

// LastChange is what a change, a removal or a restoration leaves in a record. It
// is zero or complete.
type LastChange struct {
	// Revision is that of the record since, Previous the one that it replaced.
	Revision, Previous string
	// Operation is what was done.
	Operation Operation
	// ChangedBy is the caller's user id.
	ChangedBy string
	// Hash is the identity of what was asked for.
	Hash string
}

// Revision names the state of the record: that of its last change, or the mark
// of the registration. Every write gives a record another one.
func (r Record) Revision() string { return cmp.Or(r.Last.Revision, r.Mark) }

// MayTake says whether r may be stored where old stands: only in the place of
// a soft-deleted membership, and then only by a registration that is not the
// one that was deleted. A retry that comes after the deletion, by the caller
// (same key) or by the client library (same mark), would undo it, and so would
// an attempt that was on its way since before the deletion.
func (r Record) MayTake(old Record) bool {
	return !old.Active() && old.DeletedAt.Before(r.CreatedAt) && old.Mark != r.Mark && !old.sameKey(r)
}

func (r Record) sameKey(other Record) bool {
	return r.IdempotencyKey != "" &&
		r.IdempotencyKey == other.IdempotencyKey &&
		r.RegisteredBy == other.RegisteredBy
}

// Replaced is what is logged of a soft-deleted record that made room for a new
// one, as it was stored.
type Replaced struct {
	CreatedAt, DeletedAt, RegisteredBy string
}

// OccupiedError says that a record holds the place.
type OccupiedError struct{ Record Record }

func (e *OccupiedError) Error() string { return "the place is taken" }

// ErrUnreadable says that the stored item is not a membership. Another writer of
// the table wrote it, and no retry helps.
var ErrUnreadable = errors.New("what is stored is no membership")

// ErrUnavailable says that a store gave no usable response in time. The record is
// stored whole or not at all.
var ErrUnavailable = errors.New("the store is unavailable")
