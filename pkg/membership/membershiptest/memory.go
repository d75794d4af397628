// Package membershiptest holds what tests of memberships need: a store in
// memory, and the suite that every store has to pass.
package membershiptest

import (
	"context"
	"sync"

	"users-organizations/pkg/membership"
)

// Memory is a store that forgets everything at its end. Its zero value is
// ready, and safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	records map[pair]membership.Record
}

type pair struct{ user, organization int64 }

// Create implements membership.Store.
func (m *Memory) Create(ctx context.Context, r membership.Record) (*membership.Replaced, error) {
	if ctx.Err() != nil {
		return nil, membership.ErrUnavailable
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := pair{r.UserID, r.OrganizationID}
	old, found := m.records[at]
	if found && !r.MayTake(old) {
		return nil, &membership.OccupiedError{Record: old}
	}
	m.set(r)
	if !found {
		return nil, nil
	}
	return &membership.Replaced{
		CreatedAt:    membership.FormatTime(old.CreatedAt),
		DeletedAt:    membership.FormatTime(old.DeletedAt),
		RegisteredBy: old.RegisteredBy,
	}, nil
}

// Put stores r whatever stands there, as another writer of the table might.
func (m *Memory) Put(_ context.Context, r membership.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(r)
	return nil
}

// All gives the records, in no order.
func (m *Memory) All() []membership.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []membership.Record
	for _, r := range m.records {
		all = append(all, r)
	}
	return all
}

func (m *Memory) set(r membership.Record) {
	if m.records == nil {
		m.records = map[pair]membership.Record{}
	}
	m.records[pair{r.UserID, r.OrganizationID}] = r
}
