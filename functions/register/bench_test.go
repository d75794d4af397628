package main

import (
	"context"
	"io"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/membership"
)

// emptyStore accepts every registration, and keeps none.
type emptyStore struct{}

func (emptyStore) Create(context.Context, membership.Record) (*membership.Replaced, error) {
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

// TestAllocations limits the allocations of a whole request without its store to a
// little more than it needs now: 104, and 125 with the race detector, under which
// sync.Pool drops a part of what it gets.
//
//nolint:paralleltest // AllocsPerRun counts the allocations of the process
func TestAllocations(t *testing.T) {
	h, payload := benchHandler(t), sampleevents.JSON("register-with-key")
	count := testing.AllocsPerRun(100, func() {
		if _, err := h.Invoke(t.Context(), payload); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%v allocations", count)
	if count > 140 {
		t.Errorf("%v allocations a request, want at most 140", count)
	}
}

func benchHandler(tb testing.TB) lambda.Handler {
	tb.Helper()
	return newTestHandler(tb, emptyStore{}, io.Discard)
}
