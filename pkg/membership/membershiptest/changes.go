package membershiptest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"users-organizations/pkg/membership"
)

var (
	bob   = membership.Origin{CallerID: "bob", RequestID: "request-2"}
	write = membership.Grant{Scope: new(int64(1)), Group: new(int64(5)), Read: []int64{}, Manage: []int64{9, 9}}
)

// at sets the clock of the changes to a number of minutes after the registration.
func (s suite) at(r membership.Record, minutes int) time.Time {
	now := r.CreatedAt.Add(time.Duration(minutes) * time.Minute)
	s.changes.Now = func() time.Time { return now }
	return now
}

// registered returns the record of a new membership.
func (s suite) registered(t *testing.T) membership.Record {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "k"
	s.register(t, reg, ada)
	return s.stored(t, reg.Key)
}

func precondition(r membership.Record) membership.Precondition {
	return membership.Precondition{Key: r.Key, Revision: r.Revision()}
}

// changeOutcome is the result of a write in a word or two.
func changeOutcome(out membership.ChangeResult, err error) string {
	_, stale := errors.AsType[*membership.PreconditionFailedError](err)
	switch {
	case errors.Is(err, membership.ErrNotFound):
		return "not found"
	case stale:
		return "stale"
	case err != nil:
		return err.Error()
	case out.Replayed:
		return "replayed"
	}
	return "done"
}

// change compares the whole record after each operation.
func (s suite) change(t *testing.T) {
	t.Helper()
	r := s.registered(t)
	for minute, c := range []struct {
		operation membership.Operation
		do        func(membership.Precondition) (membership.ChangeResult, error)
		apply     func(m *membership.Membership, now time.Time)
	}{
		{membership.Changed, func(p membership.Precondition) (membership.ChangeResult, error) {
			return s.changes.Change(t.Context(), membership.Change{Precondition: p, Grant: write}, bob)
		}, func(m *membership.Membership, now time.Time) {
			m.Scope, m.UpdatedAt = 1, now
			m.Permissions = membership.Permissions{Group: 5, Read: []int64{}, Manage: []int64{9, 9}}
		}},
		{membership.Changed, func(p membership.Precondition) (membership.ChangeResult, error) {
			return s.changes.Change(t.Context(), membership.Change{Precondition: p, Group: new(int64(-6))}, bob)
		}, func(m *membership.Membership, now time.Time) { m.Permissions.Group, m.UpdatedAt = -6, now }},
		{membership.Removed, func(p membership.Precondition) (membership.ChangeResult, error) {
			return s.changes.Remove(t.Context(), membership.Removal{Precondition: p}, bob)
		}, func(m *membership.Membership, now time.Time) { m.DeletedAt = now }},
		{membership.Restored, func(p membership.Precondition) (membership.ChangeResult, error) {
			return s.changes.Restore(t.Context(), membership.Restoration{Precondition: p}, bob)
		}, func(m *membership.Membership, now time.Time) { m.DeletedAt, m.UpdatedAt = time.Time{}, now }},
	} {
		now := s.at(r, minute+1)
		want := r
		c.apply(&want.Membership, now)
		want.RequestID = bob.RequestID
		out, err := c.do(precondition(r))
		if err != nil || out.Replayed {
			t.Fatalf("%s: %+v, %v", c.operation, out, err)
		}
		got := s.stored(t, r.Key)
		want.Last = membership.LastChange{
			Revision: out.Revision, Previous: r.Revision(), Operation: c.operation, ChangedBy: "bob", Hash: got.Last.Hash,
		}
		if !reflect.DeepEqual(got, want) || got.Last.Hash == "" || out.Revision == "" {
			t.Errorf("%s: stored\n%+v, want\n%+v", c.operation, got, want)
		}
		if !reflect.DeepEqual(out.Membership, want.Membership) {
			t.Errorf("%s: returned\n%+v, want\n%+v", c.operation, out.Membership, want.Membership)
		}
		r = got
	}
}

// settles makes writes that find another record than the one they name.
func (s suite) settles(t *testing.T) {
	t.Helper()
	type records struct{ first, now membership.Record }
	change := func(at func(records) membership.Record, from membership.Origin, g membership.Grant) func(records) string {
		return func(both records) string {
			return changeOutcome(s.changes.Change(t.Context(), membership.Change{Precondition: precondition(at(both)), Grant: g}, from))
		}
	}
	remove := func(at func(records) membership.Record, from membership.Origin) func(records) string {
		return func(both records) string {
			return changeOutcome(s.changes.Remove(t.Context(), membership.Removal{Precondition: precondition(at(both))}, from))
		}
	}
	restore := func(at func(records) membership.Record, from membership.Origin) func(records) string {
		return func(both records) string {
			return changeOutcome(s.changes.Restore(t.Context(), membership.Restoration{Precondition: precondition(at(both))}, from))
		}
	}
	first := func(both records) membership.Record { return both.first }
	now := func(both records) membership.Record { return both.now }
	group := membership.Grant{Group: new(int64(5))}
	for name, c := range map[string]struct {
		before []func(records) string
		late   func(records) string
		want   string
	}{
		"a change again, by the same caller":             {[]func(records) string{change(first, bob, write)}, change(first, bob, write), "replayed"},
		"a change again, by another caller":              {[]func(records) string{change(first, bob, write)}, change(first, ada, write), "stale"},
		"another change, by the same caller":             {[]func(records) string{change(first, bob, write)}, change(first, bob, group), "stale"},
		"a change again, after another":                  {[]func(records) string{change(first, bob, write), change(now, ada, group)}, change(first, bob, write), "stale"},
		"a change again, after its removal":              {[]func(records) string{change(first, bob, write), remove(now, ada)}, change(first, bob, write), "not found"},
		"a change of a removed one":                      {[]func(records) string{remove(first, bob)}, change(now, bob, write), "not found"},
		"a change after removal and restoration":         {[]func(records) string{remove(first, bob), restore(now, bob)}, change(first, bob, write), "stale"},
		"a removal again, by the same caller":            {[]func(records) string{remove(first, bob)}, remove(first, bob), "replayed"},
		"a removal again, by another caller":             {[]func(records) string{remove(first, bob)}, remove(first, ada), "done"},
		"a removal of a removed one":                     {[]func(records) string{remove(first, bob)}, remove(now, bob), "done"},
		"a stale removal of a removed one":               {[]func(records) string{change(first, bob, write), remove(now, bob)}, remove(first, ada), "done"},
		"a stale removal":                                {[]func(records) string{change(first, bob, write)}, remove(first, bob), "stale"},
		"a removal after removal and restoration":        {[]func(records) string{remove(first, bob), restore(now, bob)}, remove(first, bob), "stale"},
		"a restoration of an active one":                 {nil, restore(now, bob), "done"},
		"a stale restoration of an active one":           {[]func(records) string{change(first, bob, write)}, restore(first, bob), "stale"},
		"a restoration again, by the same caller":        {[]func(records) string{remove(first, bob), restore(now, bob), remove(now, ada), restore(now, ada)}, restore(first, ada), "stale"},
		"a restoration of the revision before a removal": {[]func(records) string{remove(first, bob)}, restore(first, bob), "stale"},
	} {
		r := s.registered(t)
		both := records{r, r}
		for i, earlier := range c.before {
			s.at(r, i+1)
			if got := earlier(both); got != "done" {
				t.Fatalf("%s: write %d is %s", name, i, got)
			}
			both.now = s.stored(t, r.Key)
		}
		s.at(r, 60)
		if got := c.late(both); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if left := s.stored(t, r.Key); !reflect.DeepEqual(left, both.now) {
			t.Errorf("%s: wrote\n%+v over\n%+v", name, left, both.now)
		}
	}
}

// ownAttempt repeats a call whose first attempt was written.
func (s suite) ownAttempt(t *testing.T) {
	t.Helper()
	r := s.registered(t)
	s.changes.NewRevision = func() string { return "the revision of one call " + r.Mark }
	for range 2 {
		if got := changeOutcome(s.changes.Remove(t.Context(), membership.Removal{Precondition: precondition(r)}, bob)); got != "done" {
			t.Errorf("remove: %s, want done", got)
		}
	}
}

func (s suite) raceToChange(t *testing.T) {
	t.Helper()
	r := s.registered(t)
	seen := inParallel(func(i int) string {
		g := membership.Grant{Group: new(int64(i))}
		return changeOutcome(s.changes.Change(t.Context(), membership.Change{Precondition: precondition(r), Grant: g}, bob))
	})
	expect(t, seen, map[string]int{"done": 1, "stale": 99})
}

func (s suite) parallelRetries(t *testing.T) {
	t.Helper()
	r := s.registered(t)
	seen := inParallel(func(int) string {
		return changeOutcome(s.changes.Change(t.Context(), membership.Change{Precondition: precondition(r), Grant: write}, bob))
	})
	expect(t, seen, map[string]int{"done": 1, "replayed": 99})
	now := s.stored(t, r.Key)
	seen = inParallel(func(int) string {
		return changeOutcome(s.changes.Remove(t.Context(), membership.Removal{Precondition: precondition(now)}, bob))
	})
	expect(t, seen, map[string]int{"done": 1, "replayed": 99})
}

func (s suite) nothingToChange(t *testing.T) {
	t.Helper()
	p := membership.Precondition{Key: wanted().Key, Revision: membership.NewMark()}
	for name, got := range map[string]string{
		"change":        changeOutcome(s.changes.Change(t.Context(), membership.Change{Precondition: p, Grant: write}, bob)),
		"remove":        changeOutcome(s.changes.Remove(t.Context(), membership.Removal{Precondition: p}, bob)),
		"remove of any": changeOutcome(s.changes.Remove(t.Context(), membership.Removal{Key: p.Key}, bob)),
		"restore":       changeOutcome(s.changes.Restore(t.Context(), membership.Restoration{Precondition: p}, bob)),
	} {
		if got != "not found" {
			t.Errorf("%s: %s, want not found", name, got)
		}
	}
	if r, err := s.table.Get(t.Context(), p.Key); !errors.Is(err, membership.ErrNotFound) {
		t.Errorf("stored %+v, %v", r, err)
	}
}

func (s suite) removesAny(t *testing.T) {
	t.Helper()
	r := s.registered(t)
	removal := membership.Removal{Key: r.Key}
	s.at(r, 1)
	out, err := s.changes.Remove(t.Context(), removal, bob)
	if got := changeOutcome(out, err); got != "done" || out.Active() || out.Revision == r.Revision() {
		t.Errorf("remove: %s, %+v", got, out)
	}
	removed := s.stored(t, r.Key)
	again, err := s.changes.Remove(t.Context(), removal, ada)
	if got := changeOutcome(again, err); got != "done" || !reflect.DeepEqual(again, out) {
		t.Errorf("remove again: %s, %+v, want %+v", got, again, out)
	}
	if left := s.stored(t, r.Key); !reflect.DeepEqual(left, removed) {
		t.Errorf("wrote\n%+v over\n%+v", left, removed)
	}
}

func (s suite) marksAreRevisions(t *testing.T) {
	t.Helper()
	r := record(wanted())
	if err := s.table.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	p := membership.Precondition{Key: r.Key, Revision: r.Mark}
	if got := changeOutcome(s.changes.Remove(t.Context(), membership.Removal{Precondition: p}, bob)); got != "done" {
		t.Errorf("remove: %s, want done", got)
	}
	// The record still has its mark, but the mark is no longer its revision.
	if got := changeOutcome(s.changes.Restore(t.Context(), membership.Restoration{Precondition: p}, bob)); got != "stale" {
		t.Errorf("restore: %s, want stale", got)
	}
}
