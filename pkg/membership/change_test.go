package membership_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
)

// changeHash is the hash that a change with that grant stores.
func changeHash(t *testing.T, key membership.Key, grant membership.Grant) string {
	t.Helper()
	var store membershiptest.Memory
	r := membership.Record{Key: key, Scope: 1, Mark: membership.NewMark()}
	if err := store.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	changes := membership.ChangeService{Store: &store, Now: time.Now, NewRevision: membership.NewMark}
	change := membership.Change{Key: key, Revision: r.Mark, Grant: grant}
	if _, err := changes.Change(t.Context(), change, membership.Origin{CallerID: "ada"}); err != nil {
		t.Fatal(err)
	}
	return store.All()[0].Last.Hash
}

// TestChangeHashesDiffer has absent members beside every kind of value.
func TestChangeHashesDiffer(t *testing.T) {
	t.Parallel()
	key := membership.Key{UserID: 1, OrganizationID: 2}
	zero, one, two := new(int64(0)), new(int64(1)), new(int64(2))
	seen := map[string]string{changeHash(t, membership.Key{UserID: 2, OrganizationID: 1}, membership.Grant{Scope: one}): "another pair"}
	for name, grant := range map[string]membership.Grant{
		"scope":               {Scope: one},
		"another scope":       {Scope: two},
		"group 0":             {Group: zero},
		"group 1":             {Group: one},
		"scope and group 0":   {Scope: one, Group: zero},
		"scope and group 1":   {Scope: one, Group: one},
		"an empty manage":     {Manage: []int64{}},
		"an empty read":       {Read: []int64{}},
		"both empty":          {Manage: []int64{}, Read: []int64{}},
		"manage 0":            {Manage: []int64{0}},
		"read 0":              {Read: []int64{0}},
		"manage 0 0":          {Manage: []int64{0, 0}},
		"manage 1 2":          {Manage: []int64{1, 2}},
		"manage 2 1":          {Manage: []int64{2, 1}},
		"manage 1 and read 2": {Manage: []int64{1}, Read: []int64{2}},
		"group 0, manage":     {Group: zero, Manage: []int64{}},
	} {
		hash := changeHash(t, key, grant)
		if other, taken := seen[hash]; taken {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		seen[hash] = name
	}
}

// TestChangeHashStays pins a stored value: another hash would refuse a retry as
// stale where its first attempt was written by another version of the service.
func TestChangeHashStays(t *testing.T) {
	t.Parallel()
	grant := membership.Grant{Scope: new(int64(1)), Group: new(int64(-3)), Manage: []int64{4}, Read: []int64{}}
	const want = "9e943b4979bee74d59cfa344cc413b84b34cfb465411977e323e41b10783756b"
	if got := changeHash(t, membership.Key{UserID: 1, OrganizationID: -2}, grant); got != want {
		t.Errorf("the hash became %s, was %s: hash a new member only where it was sent", got, want)
	}
}

// readOnly refuses to write.
type readOnly struct{ *membershiptest.Memory }

func (readOnly) Replace(context.Context, membership.Replacement) (membership.Record, error) {
	return membership.Record{}, errors.New("this store refuses writes")
}

func TestRemovingAnyRevisionWritesOnlyWhereOneIsActive(t *testing.T) {
	t.Parallel()
	store := readOnly{&membershiptest.Memory{}}
	gone := membership.Record{
		UserID: 1, OrganizationID: 2, DeletedAt: time.Now(),
		Mark: membership.NewMark(),
	}
	if err := store.Put(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	changes := membership.ChangeService{Store: store, Now: time.Now, NewRevision: membership.NewMark}
	remove := func(key membership.Key) (membership.ChangeResult, error) {
		return changes.Remove(t.Context(), membership.Removal{Key: key}, membership.Origin{CallerID: "ada"})
	}
	if out, err := remove(gone.Key); err != nil || out.Revision != gone.Mark {
		t.Errorf("a deleted one: %+v, %v, want it unchanged", out, err)
	}
	if _, err := remove(membership.Key{UserID: 9}); !errors.Is(err, membership.ErrNotFound) {
		t.Errorf("no item: %v, want ErrNotFound", err)
	}
}
