package membership_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
)

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	membershiptest.TestTable(t, &membershiptest.Memory{})
}

type brokenStore struct{ err error }

func (s brokenStore) Create(context.Context, membership.Record) (*membership.Replaced, error) {
	return nil, s.err
}

func TestRegisterPassesTheStoresErrorOn(t *testing.T) {
	t.Parallel()
	for _, want := range []error{membership.ErrUnavailable, errors.New("no such table")} {
		r := membership.Registrar{Store: brokenStore{want}, Now: time.Now, NewMark: membership.NewMark}
		if _, err := r.Register(t.Context(), membership.Registration{}, membership.Origin{}); !errors.Is(err, want) {
			t.Errorf("Register = %v, want %v", err, want)
		}
	}
}

func TestRegisterKeepsMillisecondsInUTC(t *testing.T) {
	t.Parallel()
	var store membershiptest.Memory
	r := membership.Registrar{
		Store:   &store,
		Now:     func() time.Time { return time.Date(2024, 12, 9, 15, 23, 0, 1_999_999, time.FixedZone("CET", 3600)) },
		NewMark: membership.NewMark,
	}
	out, err := r.Register(t.Context(), membership.Registration{Scope: 1}, membership.Origin{CallerID: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2024, 12, 9, 14, 23, 0, 1e6, time.UTC)
	for _, got := range []time.Time{out.Membership.CreatedAt, out.Membership.UpdatedAt, store.All()[0].CreatedAt} {
		if got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestMarksDiffer(t *testing.T) {
	t.Parallel()
	a, b := membership.NewMark(), membership.NewMark()
	if len(a) != 32 || a == b {
		t.Errorf("marks %q and %q, want two different ones of 128 bits", a, b)
	}
}
