package main

import (
	"context"
	"io"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/membership"
)

// freeStore has place for everything, and keeps nothing.
type freeStore struct{}

func (freeStore) Create(context.Context, membership.Record) (*membership.Replaced, error) {
	return nil, nil
}

func BenchmarkInvoke(b *testing.B) {
	h, payload := benchHandler(b), sampleevents.JSON("register-with-key")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(b.Context(), payload); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAllocations holds a whole request, but for the store, to what it needs
// now and a little more. It is not parallel: it counts those of the process.
//
//nolint:paralleltest // AllocsPerRun must run alone
func TestAllocations(t *testing.T) {
	h, payload := benchHandler(t), sampleevents.JSON("register-with-key")
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

func benchHandler(tb testing.TB) lambda.Handler {
	tb.Helper()
	return newTestHandler(tb, freeStore{}, io.Discard)
}
