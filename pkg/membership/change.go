package membership

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ChangeService changes, removes and restores memberships.
type ChangeService struct {
	Store Replacer
	// Now is the clock. A membership keeps its times to the millisecond.
	Now func() time.Time
	// NewRevision returns a revision that no other write has. It is never empty.
	NewRevision func() string
}

// ChangeResult is a membership in the state that the caller asked for.
type ChangeResult struct {
	Row

	// Replayed says that this call changed nothing, since the caller made the same
	// request before.
	Replayed bool
}

// Change sets the parts of an active membership that c names. Its errors are
// ErrNotFound, *PreconditionFailedError, and those of the store.
func (s *ChangeService) Change(ctx context.Context, c Change, from Origin) (ChangeResult, error) {
	return s.replace(ctx, Changed, c.Precondition, c.Grant, from)
}

// Remove soft-deletes a membership. It succeeds also where any caller has deleted
// the membership before. Its errors are those of Change.
func (s *ChangeService) Remove(ctx context.Context, r Removal, from Origin) (ChangeResult, error) {
	if r.Revision == "" {
		stored, err := s.Store.Get(ctx, r.Key)
		if err != nil {
			return ChangeResult{}, fmt.Errorf("read the membership: %w", err)
		}
		if !stored.Active() {
			return ChangeResult{Row: stored.row()}, nil
		}
		// One revision for all attempts of the write: none of them removes a
		// membership that was registered after it was read.
		r.Revision = stored.Revision()
	}
	return s.replace(ctx, Removed, r.Precondition, Grant{}, from)
}

// Restore makes a removed membership active again, with the role and permissions
// that it had. Its errors are those of Change.
func (s *ChangeService) Restore(ctx context.Context, r Restoration, from Origin) (ChangeResult, error) {
	return s.replace(ctx, Restored, r.Precondition, Grant{}, from)
}

// replace calls the store once, without a read before the write.
func (s *ChangeService) replace(
	ctx context.Context, operation Operation, p Precondition, grant Grant, from Origin,
) (ChangeResult, error) {
	asked := Replacement{
		Key: p.Key,
		Last: LastChange{
			Revision:  s.NewRevision(),
			Previous:  p.Revision,
			Operation: operation,
			ChangedBy: from.CallerID,
			Hash:      grant.hash(operation, p.Key),
		},
		RequestID: from.RequestID,
		Grant:     grant,
		At:        s.Now().UTC().Truncate(time.Millisecond),
	}
	stored, err := s.Store.Replace(ctx, asked)
	if mismatch, ok := errors.AsType[*MismatchError](err); ok {
		return asked.settle(mismatch.Record)
	}
	if err != nil {
		return ChangeResult{}, fmt.Errorf("replace the membership: %w", err)
	}
	return ChangeResult{Row: stored.row()}, nil
}

// settle decides the result of a write that found another revision than the one it
// names. It is lenient where access is taken away: a removal succeeds if the
// membership is deleted already. A stale change or restoration never succeeds.
func (r Replacement) settle(stored Record) (ChangeResult, error) {
	result := ChangeResult{Row: stored.row()}
	switch {
	case stored.Last.Revision == r.Last.Revision:
		// An earlier attempt of this call wrote it, and its response was lost.
		return result, nil
	case stored.Last.sameRequest(r.Last):
		result.Replayed = true
		return result, nil
	case r.Last.Operation == Removed && !stored.Active(),
		r.Last.Operation == Restored && stored.Active() && stored.Revision() == r.Last.Previous:
		return result, nil
	case r.Last.Operation == Changed && !stored.Active():
		return ChangeResult{}, ErrNotFound
	}
	return ChangeResult{}, &PreconditionFailedError{Existing: stored.Membership, Revision: stored.Revision()}
}

// sameRequest says whether both come from the same caller, with the same request
// about the same revision.
func (l LastChange) sameRequest(asked LastChange) bool {
	return l.Previous == asked.Previous && l.ChangedBy == asked.ChangedBy && l.Hash == asked.Hash
}
