package historytest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

// TestLog tests that a log keeps the contract of history.Log, directly and below
// history.Recorder. It uses random pairs alone.
func TestLog(t *testing.T, log history.Log) { //nolint:tparallel // the caller decides whether it runs in parallel
	t.Helper()
	for name, test := range map[string]func(suite, *testing.T){
		"keeps every part of an entry":                       suite.everyPart,
		"lists below a sequence, the highest first":          suite.listing,
		"takes each sequence of a pair once":                 suite.race,
		"records each change once, however often it comes":   suite.repeated,
		"recognizes a record behind many entries":            suite.farBack,
		"keeps the largest entries and unreadable records":   suite.largest,
		"is unavailable when the time of the caller is over": suite.timeOver,
		"does not return the entries of another pair":        suite.otherPairs,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(suite{log}, t)
		})
	}
}

type suite struct{ log history.Log }

// newKey is the key of a new pair.
func newKey() membership.Key {
	return membership.Key{UserID: rand.Int64N(membership.MaxInteger), OrganizationID: -rand.Int64N(membership.MaxInteger)}
}

var at = time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)

func member(key membership.Key, codes ...int64) *membership.Membership {
	return &membership.Membership{
		Key: key, Scope: 2, CreatedAt: at, UpdatedAt: at.Add(time.Second), DeletedAt: at.Add(time.Minute),
		Permissions: membership.Permissions{Group: 3, Read: append([]int64{}, codes...), Manage: append([]int64{}, codes...)},
	}
}

// entries reads the history of a pair, the newest entry first.
func (s suite) entries(t *testing.T, pair history.Pair) []history.Entry {
	t.Helper()
	all, err := s.log.List(t.Context(), pair, membership.MaxInteger, 1_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s suite) add(t *testing.T, e history.Entry) {
	t.Helper()
	if err := s.log.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func foreign(pair history.Pair, sequence int64, eventID string) history.Entry {
	return history.Entry{Pair: pair, Sequence: sequence, Type: history.Foreign, At: at, EventID: eventID, Latest: at}
}

func (s suite) everyPart(t *testing.T) {
	t.Helper()
	key := newKey()
	pair := history.PairOf(key)
	whole := history.Entry{
		Pair: pair, Sequence: 1, Type: history.Changed, At: at, By: "ada", RequestID: "r1",
		Before: member(key, 1), After: member(key, 2, 3), Revision: membership.NewMark(), Gap: true,
		EventID: "e1", Latest: at.Add(time.Hour),
	}
	bare := foreign(pair, 2, "e2")
	unreadable := foreign(pair, 3, "e3 of "+string(pair))
	unreadable.Unreadable, unreadable.Raw = true, []byte("{}")
	for _, e := range []history.Entry{whole, bare, unreadable} {
		s.add(t, e)
	}
	unreadable.Raw = nil
	if got, want := s.entries(t, pair), []history.Entry{unreadable, bare, whole}; !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func (s suite) listing(t *testing.T) {
	t.Helper()
	pair := history.PairOf(newKey())
	for n := range int64(7) {
		s.add(t, foreign(pair, n+1, fmt.Sprint(n)))
	}
	for _, test := range []struct {
		below int64
		size  int
		want  []int64
	}{
		{membership.MaxInteger, 3, []int64{7, 6, 5}},
		{5, 3, []int64{4, 3, 2}},
		{2, 3, []int64{1}},
		{1, 3, nil},
		{8, 100, []int64{7, 6, 5, 4, 3, 2, 1}},
	} {
		found, err := s.log.List(t.Context(), pair, test.below, test.size)
		var got []int64
		for _, e := range found {
			got = append(got, e.Sequence)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("below %d: got %v (%v), want %v", test.below, got, err, test.want)
		}
	}
}

func (s suite) race(t *testing.T) {
	t.Helper()
	pair := history.PairOf(newKey())
	var wg sync.WaitGroup
	results := make([]error, 50)
	for i := range results {
		wg.Go(func() { results[i] = s.log.Append(t.Context(), foreign(pair, 1, fmt.Sprint(i))) })
	}
	wg.Wait()
	var won []string
	for i, err := range results {
		switch {
		case err == nil:
			won = append(won, fmt.Sprint(i))
		case !errors.Is(err, history.ErrTaken):
			t.Errorf("got %v, want ErrTaken", err)
		}
	}
	if all := s.entries(t, pair); len(all) != 1 || !slices.Equal(won, []string{all[0].EventID}) {
		t.Errorf("got %v, want the one entry of %s", all, won)
	}
}

// change is the n-th change of a pair, from 1 on. All have the same time.
func change(key membership.Key, n int) history.Change {
	record := func(n int) *membership.Record {
		if n == 0 {
			return nil
		}
		m := *member(key, int64(n))
		m.DeletedAt = time.Time{}
		return &membership.Record{Membership: m, RegisteredBy: "ada", Mark: fmt.Sprintf("%032x", n)}
	}
	return history.Change{
		Pair: history.PairOf(key), EventID: fmt.Sprint("event-", n), At: at,
		Before: history.Image{Record: record(n - 1)}, After: history.Image{Record: record(n)},
	}
}

// repeated records the same changes several times, by several recorders at once.
func (s suite) repeated(t *testing.T) {
	t.Helper()
	const changes, recorders = 20, 4
	key := newKey()
	var wg sync.WaitGroup
	for range recorders {
		wg.Go(func() {
			recorder := history.Recorder{Log: s.log}
			for newest := range changes {
				for n := newest % 3; n <= newest; n += 3 {
					if _, _, err := recorder.Record(t.Context(), change(key, n+1)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	all := s.entries(t, history.PairOf(key))
	seen := map[string]bool{}
	for i, e := range all {
		if e.Sequence != int64(len(all)-i) || seen[e.EventID] {
			t.Errorf("entry %d has the sequence %d and the id %s", i, e.Sequence, e.EventID)
		}
		seen[e.EventID] = true
	}
	if len(seen) != changes {
		t.Errorf("got %d entries, want %d", len(seen), changes)
	}
}

func (s suite) farBack(t *testing.T) {
	t.Helper()
	key := newKey()
	recorder := history.Recorder{Log: s.log}
	const changes = 150
	for n := range changes {
		if _, appended, err := recorder.Record(t.Context(), change(key, n+1)); !appended || err != nil {
			t.Fatalf("change %d: appended %v, %v", n+1, appended, err)
		}
	}
	for _, n := range []int{1, 2, 100, changes} {
		e, appended, err := recorder.Record(t.Context(), change(key, n))
		if appended || err != nil || e.Sequence != int64(n) {
			t.Errorf("change %d again: sequence %d, appended %v, %v", n, e.Sequence, appended, err)
		}
	}
}

func (s suite) largest(t *testing.T) {
	t.Helper()
	key := newKey()
	pair := history.PairOf(key)
	codes := slices.Repeat([]int64{membership.MinInteger}, membership.MaxItems)
	full := foreign(pair, 1, "e1")
	full.Type, full.By, full.Revision = history.Changed, "ada", membership.NewMark()
	full.Before, full.After = member(key, codes...), member(key, codes...)
	s.add(t, full)
	huge := foreign(pair, 2, "e2 of "+string(pair))
	huge.Unreadable, huge.Raw = true, make([]byte, 1_200_000)
	s.add(t, huge)
	all := s.entries(t, pair)
	if len(all) != 2 || !all[0].Unreadable || !reflect.DeepEqual(all[1], full) {
		t.Errorf("the %d entries differ from those that were appended", len(all))
	}
}

func (s suite) timeOver(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pair := history.PairOf(newKey())
	if err := s.log.Append(ctx, foreign(pair, 1, "e")); !errors.Is(err, membership.ErrUnavailable) {
		t.Errorf("Append: %v, want unavailable", err)
	}
	if _, err := s.log.List(ctx, pair, 1, 1); !errors.Is(err, membership.ErrUnavailable) {
		t.Errorf("List: %v, want unavailable", err)
	}
}

func (s suite) otherPairs(t *testing.T) {
	t.Helper()
	key := newKey()
	s.add(t, foreign(history.PairOf(key), 1, "e"))
	key.UserID, key.OrganizationID = key.OrganizationID, key.UserID
	if all := s.entries(t, history.PairOf(key)); len(all) > 0 {
		t.Errorf("the pair with its ids swapped has %v", all)
	}
}
