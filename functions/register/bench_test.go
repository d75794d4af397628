package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"testing"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/telemetry"
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
		if err := json.Unmarshal(payload, &e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInvoke(b *testing.B) {
	h := &handler{
		registrar: &membership.Registrar{Store: freeStore{}, Now: time.Now, NewMark: membership.NewMark},
		now:       time.Now,
		journal: journal{
			log:     telemetry.NewLogger(io.Discard, ""),
			metrics: telemetry.NewMetrics(io.Discard, "register", time.Now),
		},
	}
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
	out := membership.Outcome{Membership: membership.Membership{
		Scope: 1, Permissions: membership.Permissions{Read: []int64{1, 2}, Manage: []int64{1, 2}},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(h.answer(out, nil, "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01")); err != nil {
			b.Fatal(err)
		}
	}
}

func benchEvent(b *testing.B) []byte {
	b.Helper()
	payload, err := os.ReadFile("../../events/register-with-key.json")
	if err != nil {
		b.Fatal(err)
	}
	return payload
}
