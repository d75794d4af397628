package membership

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// RegisterService registers users as members of organizations.
type RegisterService struct {
	Store Store
	// Now tells the time; a membership keeps its milliseconds.
	Now func() time.Time
	// NewMark gives a mark that no other registration has, never empty.
	NewMark func() string
}

// Origin says where a registration comes from.
type Origin struct {
	// CallerID is the user who calls. An IdempotencyKey is the caller's own:
	// from another caller the same words are another key.
	CallerID string
	// RequestID is for tracing only: a caller may be able to choose it.
	RequestID string
}

// RegisterResult is a membership that the caller may take as registered.
type RegisterResult struct {
	Membership Membership
	// Revision is that of Membership, and empty where it has changed since it
	// was registered.
	Revision string
	// Replayed says that an earlier call with the same IdempotencyKey stored it.
	// This call stored nothing.
	Replayed bool
	// Replaced is the soft-deleted membership that stood in its place, or nil.
	Replaced *Replaced
	// ReplacedUnknown says that the response which named it was lost: whether
	// one was replaced, and which, cannot be read back.
	ReplacedUnknown bool
}

// ExistsError says that the pair has a membership that stays as it is.
type ExistsError struct {
	// Existing is deleted where a late retry came with the IdempotencyKey of
	// the membership that was taken away: that must not give it back.
	Existing Membership
	// Revision is that of Existing.
	Revision string
	// Identical says that Existing grants what was asked for, so that there is
	// nothing left to do. A deleted one grants nothing.
	Identical bool
}

func (e *ExistsError) Error() string {
	return fmt.Sprintf("user %d has a membership of organization %d", e.Existing.UserID, e.Existing.OrganizationID)
}

// ErrKeyReused says that the caller sent the IdempotencyKey before, with
// another request for the same pair.
var ErrKeyReused = errors.New("the idempotency key belongs to another request")

// markBytes is how many random bytes a mark or a revision has; it is written as
// twice as many hexadecimal digits.
const markBytes = 16

// NewMark gives 128 random bits as 32 lower-case hexadecimal digits.
func NewMark() string {
	var b [markBytes]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}

// Register makes the user a member of the organization with one call of the
// store. Its errors are *ExistsError, ErrKeyReused, and those of the store.
// Nothing is read beforehand, so nothing can change in between.
func (s *RegisterService) Register(ctx context.Context, reg Registration, from Origin) (RegisterResult, error) {
	now := s.Now().UTC().Truncate(time.Millisecond)
	asked := Record{
		Key:          reg.Key,
		Scope:        reg.Scope,
		Permissions:  reg.Permissions,
		UpdatedAt:    now,
		CreatedAt:    now,
		RegisteredBy: from.CallerID,
		RequestID:    from.RequestID,
		Mark:         s.NewMark(),
	}
	if reg.IdempotencyKey != "" {
		asked.IdempotencyKey, asked.RequestHash = reg.IdempotencyKey, reg.hash()
	}

	replaced, err := s.Store.Create(ctx, asked)
	if occupied, ok := errors.AsType[*OccupiedError](err); ok {
		return settle(asked, occupied.Record)
	}
	if err != nil {
		return RegisterResult{}, fmt.Errorf("store the membership: %w", err)
	}
	return RegisterResult{Membership: asked.Membership, Revision: asked.Mark, Replaced: replaced}, nil
}

// settle decides about a registration that found its place taken.
func settle(asked, stored Record) (RegisterResult, error) {
	exists := &ExistsError{
		Existing:  stored.Membership,
		Revision:  stored.Revision(),
		Identical: stored.Active() && stored.grants(asked.Membership),
	}
	unchanged := ""
	if stored.Last == (LastChange{}) {
		unchanged = stored.Mark
	}
	switch {
	case !stored.Active():
		return RegisterResult{}, exists
	case stored.Mark == asked.Mark:
		// An earlier attempt of this very call stored it; its response was lost.
		return RegisterResult{Membership: asked.Membership, Revision: unchanged, ReplacedUnknown: true}, nil
	case !stored.sameKey(asked):
		return RegisterResult{}, exists
	case stored.RequestHash != asked.RequestHash:
		return RegisterResult{}, ErrKeyReused
	}
	first := asked.Membership
	first.CreatedAt, first.UpdatedAt = stored.CreatedAt, stored.CreatedAt
	return RegisterResult{Membership: first, Revision: unchanged, Replayed: true}, nil
}
