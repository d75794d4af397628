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
	// Now tells the time; a membership keeps its milliseconds.
	Now func() time.Time
	// NewRevision gives a revision that no other write has, never empty.
	NewRevision func() string
}

// ChangeResult is a membership that is as the caller asks.
type ChangeResult struct {
	Row

	// Replayed says that an earlier call of the same caller asked for the same and
	// did it. This call changed nothing.
	Replayed bool
}

// Change sets what c names of an active membership.
func (s *ChangeService) Change(ctx context.Context, c Change, from Origin) (ChangeResult, error) {
	return s.replace(ctx, Changed, c.Precondition, c.Grant, from)
}

// Remove deletes an active membership softly. A membership that any
// caller has deleted already is as this caller asks.
func (s *ChangeService) Remove(ctx context.Context, r Removal, from Origin) (ChangeResult, error) {
	if r.Revision == "" {
		stored, err := s.Store.Get(ctx, r.Key)
		if err != nil {
			return ChangeResult{}, fmt.Errorf("read the membership: %w", err)
		}
		if !stored.Active() {
			return ChangeResult{Row: stored.row()}, nil
		}
		// The write names this revision, and no other within the call: it can't
		// meet a membership of a later generation.
		r.Revision = stored.Revision()
	}
	return s.replace(ctx, Removed, r.Precondition, Grant{}, from)
}

// Restore gives back what was removed, as it was.
func (s *ChangeService) Restore(ctx context.Context, r Restoration, from Origin) (ChangeResult, error) {
	return s.replace(ctx, Restored, r.Precondition, Grant{}, from)
}

// replace asks the store once, without a read beforehand. Its errors are
// ErrNotFound, *PreconditionFailedError, and those of the store.
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

// settle decides about a write that met another revision than the one it names.
// It is lenient to revoke and strict to grant: a stale change or restoration is
// never a success.
func (r Replacement) settle(stored Record) (ChangeResult, error) {
	result := ChangeResult{Row: stored.row()}
	switch {
	case stored.Last.Revision == r.Last.Revision:
		// An earlier attempt of this very call wrote it; its response was lost.
		return result, nil
	case stored.Last.sameWish(r.Last):
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

// sameWish says whether the same caller asked for the same, of the same revision.
func (l LastChange) sameWish(asked LastChange) bool {
	return l.Previous == asked.Previous && l.ChangedBy == asked.ChangedBy && l.Hash == asked.Hash
}
