// Package membershiptest has a store in memory for tests, and the test suite of
// every store.
package membershiptest

import (
	"context"
	"slices"
	"sync"

	"users-organizations/pkg/membership"
)

// Memory is a store in memory. Its zero value is empty, and safe for concurrent
// use.
type Memory struct {
	mu      sync.Mutex
	records map[membership.Key]membership.Record
}

// Create implements membership.Store.
func (m *Memory) Create(ctx context.Context, r membership.Record) (*membership.Replaced, error) {
	if ctx.Err() != nil {
		return nil, membership.ErrUnavailable
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, found := m.records[r.Key]
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

// Get implements membership.Getter.
func (m *Memory) Get(ctx context.Context, key membership.Key) (membership.Record, error) {
	if ctx.Err() != nil {
		return membership.Record{}, membership.ErrUnavailable
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, found := m.records[key]
	if !found {
		return membership.Record{}, membership.ErrNotFound
	}
	return r, nil
}

// Replace implements membership.Replacer.
func (m *Memory) Replace(ctx context.Context, r membership.Replacement) (membership.Record, error) {
	if ctx.Err() != nil {
		return membership.Record{}, membership.ErrUnavailable
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, found := m.records[r.Key]
	switch {
	case !found:
		return membership.Record{}, membership.ErrNotFound
	case !r.Applies(old):
		return membership.Record{}, &membership.MismatchError{Record: old}
	}
	m.set(r.Apply(old))
	return m.records[r.Key], nil
}

// Put implements Table.
func (m *Memory) Put(_ context.Context, r membership.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(r)
	return nil
}

// All returns the records in no order.
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
		m.records = map[membership.Key]membership.Record{}
	}
	m.records[r.Key] = r
}

// List implements membership.Lister.
func (m *Memory) List(ctx context.Context, l membership.List, after int64, size int) ([]membership.Record, *int64, error) {
	if ctx.Err() != nil {
		return nil, nil, membership.ErrUnavailable
	}
	all := m.sorted(l, after)
	if len(all) <= size {
		return all, nil, nil
	}
	return all[:size], new(l.Other(all[size-1].Key)), nil
}

// Count implements membership.Lister.
func (m *Memory) Count(ctx context.Context, l membership.List, most int) (int, bool, error) {
	if ctx.Err() != nil {
		return 0, false, membership.ErrUnavailable
	}
	n := len(m.sorted(l, membership.MinInteger-1))
	return n, n <= most, nil
}

// sorted returns the records of a list whose other id is above after, in order.
func (m *Memory) sorted(l membership.List, after int64) []membership.Record {
	var all []membership.Record
	for _, r := range m.All() {
		if l.Has(r.Membership) && l.Other(r.Key) > after {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, l.Compare)
	return all
}
