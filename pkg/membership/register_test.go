package membership_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
	"users-organizations/pkg/notes"
)

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	notes.Add(t, "store suite (pkg/membership): memory store")
	membershiptest.TestTable(t, &membershiptest.Memory{})
}

type brokenStore struct{ err error }

func (s brokenStore) Create(context.Context, membership.Record) (*membership.Replaced, error) {
	return nil, s.err
}

func TestRegisterReturnsTheErrorOfTheStore(t *testing.T) {
	t.Parallel()
	for _, want := range []error{membership.ErrUnavailable, errors.New("no such table")} {
		r := membership.RegisterService{Store: brokenStore{want}, Now: time.Now, NewMark: membership.NewMark}
		if _, err := r.Register(t.Context(), membership.Registration{}, membership.Origin{}); !errors.Is(err, want) {
			t.Errorf("Register = %v, want %v", err, want)
		}
	}
}

func TestRegisterKeepsMillisecondsInUTC(t *testing.T) {
	t.Parallel()
	var store membershiptest.Memory
	r := membership.RegisterService{
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

// TestIdentical changes one value of a request at a time.
func TestIdentical(t *testing.T) {
	t.Parallel()
	wanted := func() membership.Registration {
		return membership.Registration{
			UserID: 1, OrganizationID: 2, Scope: 1,
			Permissions: membership.Permissions{Group: 3, Read: []int64{4, 5}, Manage: []int64{6}},
		}
	}
	for name, change := range map[string]func(*membership.Registration){
		"nothing":           func(*membership.Registration) {},
		"the scope":         func(r *membership.Registration) { r.Scope = 2 },
		"the group":         func(r *membership.Registration) { r.Permissions.Group = 4 },
		"an item of read":   func(r *membership.Registration) { r.Permissions.Read[1] = 6 },
		"the order of read": func(r *membership.Registration) { r.Permissions.Read = []int64{5, 4} },
		"an item of manage": func(r *membership.Registration) { r.Permissions.Manage[0] = 7 },
		"manage for read":   func(r *membership.Registration) { p := &r.Permissions; p.Read, p.Manage = p.Manage, p.Read },
		"one item more":     func(r *membership.Registration) { r.Permissions.Manage = []int64{6, 6} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := membership.RegisterService{Store: &membershiptest.Memory{}, Now: time.Now, NewMark: membership.NewMark}
			if _, err := service.Register(t.Context(), wanted(), membership.Origin{CallerID: "ada"}); err != nil {
				t.Fatal(err)
			}
			second := wanted()
			change(&second)
			_, err := service.Register(t.Context(), second, membership.Origin{CallerID: "ada"})
			exists, ok := errors.AsType[*membership.ExistsError](err)
			if !ok || exists.Identical != (name == "nothing") {
				t.Errorf("Register = %v, identical: %v", err, ok && exists.Identical)
			}
		})
	}
}

// TestRequestHashStays pins a stored value: another hash would refuse every replay
// of an older item as a reused key, also while two versions run during a release.
func TestRequestHashStays(t *testing.T) {
	t.Parallel()
	var store membershiptest.Memory
	service := membership.RegisterService{Store: &store, Now: time.Now, NewMark: membership.NewMark}
	_, err := service.Register(t.Context(), membership.Registration{
		UserID: 1, OrganizationID: -2, Scope: 1, IdempotencyKey: "k",
		Permissions: membership.Permissions{Group: 3, Manage: []int64{4}, Read: []int64{5, 6}},
	}, membership.Origin{CallerID: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	const want = "cedc2d3814bcc831117527d61de6739af0303382681f4acebbe639f80ca53fea"
	if got := store.All()[0].RequestHash; got != want {
		t.Errorf("the hash became %s, was %s: hash a new field only where it was sent", got, want)
	}
}
