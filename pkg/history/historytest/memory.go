// Package historytest has a log in memory for tests, and the test suite of every
// log.
package historytest

import (
	"context"
	"slices"
	"sync"

	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

// Memory is a log in memory. Its zero value is empty, and safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	entries map[history.Pair][]history.Entry
}

// Append implements history.Log.
func (m *Memory) Append(ctx context.Context, e history.Entry) error {
	if ctx.Err() != nil {
		return membership.ErrUnavailable
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.entries[e.Pair] {
		if other.Sequence == e.Sequence {
			return history.ErrTaken
		}
	}
	if m.entries == nil {
		m.entries = map[history.Pair][]history.Entry{}
	}
	e.Raw = nil
	m.entries[e.Pair] = append(m.entries[e.Pair], e)
	return nil
}

// List implements history.Lister.
func (m *Memory) List(ctx context.Context, pair history.Pair, below int64, size int) ([]history.Entry, error) {
	if ctx.Err() != nil {
		return nil, membership.ErrUnavailable
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(m.entries[pair]), func(e history.Entry) bool { return e.Sequence >= below })
	slices.SortFunc(all, func(a, b history.Entry) int { return int(b.Sequence - a.Sequence) })
	return all[:min(size, len(all))], nil
}
