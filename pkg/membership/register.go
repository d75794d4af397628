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
	// Now is the clock. A membership keeps its times to the millisecond.
	Now func() time.Time
	// NewMark returns a mark that no other registration has. It is never empty.
	NewMark func() string
}

// Origin says where a request comes from.
type Origin struct {
	// CallerID is the user id of the caller. The same IdempotencyKey from another
	// caller is another key.
	CallerID string
	// RequestID is for tracing only: a caller may be able to choose it.
	RequestID string
}

// RegisterResult is a membership that this call, or an earlier one with the same
// IdempotencyKey, has registered.
type RegisterResult struct {
	Membership Membership
	// Revision is that of Membership. It is empty where the stored membership has
	// changed since its registration.
	Revision string
	// Replayed says that an earlier call with the same IdempotencyKey stored the
	// membership, and this call nothing.
	Replayed bool
	// Replaced is the soft-deleted membership that this one replaced, or nil.
	Replaced *Replaced
	// ReplacedUnknown says that an earlier attempt of this call stored the
	// membership and its response was lost: whether it replaced a deleted one
	// cannot be read back.
	ReplacedUnknown bool
}

// ExistsError says that the pair has a membership, which stays as it is.
type ExistsError struct {
	// Existing is deleted only where the request must not undo the deletion: a
	// late retry of the registration that was deleted, or a request from before
	// the deletion.
	Existing Membership
	// Revision is that of Existing.
	Revision string
	// Identical says that Existing is active and grants what was asked for, so
	// that there is nothing left to do.
	Identical bool
}

func (e *ExistsError) Error() string {
	return fmt.Sprintf("user %d has a membership of organization %d", e.Existing.UserID, e.Existing.OrganizationID)
}

// ErrKeyReused says that the caller has used the IdempotencyKey before, for another
// request about the same pair.
var ErrKeyReused = errors.New("the idempotency key belongs to another request")

// markBytes is the number of random bytes in a mark or a revision. Each is written
// as two hexadecimal digits.
const markBytes = 16

// NewMark returns 128 random bits as 32 lower-case hexadecimal digits.
func NewMark() string {
	var b [markBytes]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}

// Register makes the user a member of the organization with one call of the store:
// no read comes before the write, so nothing can change between the two. Its errors
// are *ExistsError, ErrKeyReused, and those of the store.
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

// settle decides the result of a registration whose pair has a record that it must
// not replace.
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
		// An earlier attempt of this call stored it, and its response was lost.
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
