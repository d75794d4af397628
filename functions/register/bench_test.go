package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"testing"
	"time"

	"users-organizations/pkg/membership"
)

// freeStore has place for everything, and keeps nothing.
type freeStore struct{}

func (freeStore) Create(context.Context, membership.Record) (*membership.Replaced, error) {
	return nil, nil
}

func BenchmarkDecodeEvent(b *testing.B) {
	payload := benchEvent(b)
	b.ReportAllocs()
	for b.Loop() {
		var e event
		if err := e.decode(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInvoke(b *testing.B) {
	h := benchHandler()
	payload := benchEvent(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(b.Context(), payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	h := &handler{}
	out := membership.RegisterResult{Membership: membership.Membership{
		Scope: 1, Permissions: membership.Permissions{Read: []int64{1, 2}, Manage: []int64{1, 2}},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(h.answer(out, nil, "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01")); err != nil {
			b.Fatal(err)
		}
	}
}

func benchEvent(tb testing.TB) []byte {
	tb.Helper()
	payload, err := os.ReadFile("../../events/register-with-key.json")
	if err != nil {
		tb.Fatal(err)
	}
	return payload
}

// TestAllocations holds a whole request, but for the store, to what it needs
// now and a little more. It is not parallel: it counts those of the process.
//
//nolint:paralleltest // AllocsPerRun must run alone
func TestAllocations(t *testing.T) {
	h := benchHandler()
	payload := benchEvent(t)
	count := testing.AllocsPerRun(100, func() {
		if _, err := h.Invoke(t.Context(), payload); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%v allocations", count)
	if count > 230 {
		t.Errorf("%v allocations a request, want at most 230", count)
	}
}

func benchHandler() *handler {
	return &handler{
		service: &membership.Service{Store: freeStore{}, Now: time.Now, NewMark: membership.NewMark},
		now:     time.Now,
		journal: newJournal(io.Discard, "", "register", time.Now),
	}
}
