package history_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/history"
	"users-organizations/pkg/history/historytest"
	"users-organizations/pkg/membership"
)

var (
	key   = membership.Key{UserID: 7, OrganizationID: 1}
	start = time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)
)

// stream makes changes of one item.
type stream struct {
	// item is the last readable membership.
	item       *membership.Record
	unreadable bool
	n          int
}

func (s *stream) now() time.Time { return start.Add(time.Duration(s.n) * time.Second) }

func (s *stream) image() history.Image {
	if s.unreadable {
		return history.Image{Unreadable: true}
	}
	return history.Image{Record: s.item}
}

// becomes is the change to an item, or to no item where it is nil.
func (s *stream) becomes(item *membership.Record) history.Change {
	return s.step(func() { s.item, s.unreadable = item, false })
}

func (s *stream) step(change func()) history.Change {
	s.n++
	c := history.Change{
		Pair: history.PairOf(key), EventID: fmt.Sprint("event ", s.n), At: s.now().Add(time.Second), Before: s.image(),
	}
	change()
	c.After = s.image()
	if c.Before.Unreadable || c.After.Unreadable {
		c.Raw = []byte("{}")
	}
	return c
}

func (s *stream) register() history.Change {
	now := s.now()
	return s.becomes(&membership.Record{
		Key: key, Scope: 1, CreatedAt: now, UpdatedAt: now,
		Permissions:  membership.Permissions{Group: 1, Read: []int64{1}, Manage: []int64{}},
		RegisteredBy: "ada", RequestID: fmt.Sprint("request ", s.n), Mark: membership.NewMark(),
	})
}

func (s *stream) replace(operation membership.Operation, scope int64) history.Change {
	next := membership.Replacement{
		Key: key, RequestID: fmt.Sprint("request ", s.n), At: s.now(),
		Grant: membership.Grant{Scope: &scope},
		Last: membership.LastChange{
			Revision: membership.NewMark(), Previous: s.item.Revision(), Operation: operation, ChangedBy: "bob", Hash: "h",
		},
	}.Apply(*s.item)
	return s.becomes(&next)
}

func (s *stream) change() history.Change  { return s.replace(membership.Changed, 3-s.item.Scope) }
func (s *stream) remove() history.Change  { return s.replace(membership.Removed, 0) }
func (s *stream) restore() history.Change { return s.replace(membership.Restored, 0) }
func (s *stream) erase() history.Change   { return s.becomes(nil) }

// edit is a change by another writer.
func (s *stream) edit(change func(*membership.Record)) history.Change {
	next := *s.item
	change(&next)
	return s.becomes(&next)
}

// spoil makes the item unreadable, and mend makes it readable again.
func (s *stream) spoil() history.Change { return s.step(func() { s.unreadable = true }) }
func (s *stream) mend() history.Change  { return s.becomes(s.item) }

func entrySummary(e history.Entry) string {
	words := []string{fmt.Sprint(e.Sequence), string(e.Type), e.By}
	if e.Gap {
		words = append(words, "gap")
	}
	if e.Unreadable {
		words = append(words, "unreadable")
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

func TestRecord(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		changes func(s *stream) []history.Change
		want    []string
	}{
		"every operation": {
			func(s *stream) []history.Change {
				return []history.Change{s.register(), s.change(), s.remove(), s.restore(), s.remove(), s.register()}
			},
			[]string{"1 registered ada", "2 changed bob", "3 removed bob", "4 restored bob", "5 removed bob", "6 registered ada"},
		},
		"a change that changes nothing": {
			func(s *stream) []history.Change {
				return []history.Change{s.register(), s.replace(membership.Changed, 1)}
			},
			[]string{"1 registered ada", "2 changed bob"},
		},
		"erased, and registered again": {
			func(s *stream) []history.Change { return []history.Change{s.register(), s.erase(), s.register()} },
			[]string{"1 registered ada", "2 erased", "3 registered ada"},
		},
		"from before the stream": {
			func(s *stream) []history.Change { s.register(); return []history.Change{s.change(), s.remove()} },
			[]string{"1 changed bob gap", "2 removed bob"},
		},
		"a gap": {
			func(s *stream) []history.Change {
				first := s.register()
				s.change()
				return []history.Change{first, s.change(), s.remove()}
			},
			[]string{"1 registered ada", "2 changed bob gap", "3 removed bob"},
		},
		"a gap that ends where it began": {
			func(s *stream) []history.Change {
				first := s.register()
				s.remove()
				s.restore()
				return []history.Change{first, s.remove()}
			},
			[]string{"1 registered ada", "2 removed bob gap"},
		},
		"a gap in which the item went": {
			func(s *stream) []history.Change {
				first := s.register()
				s.erase()
				return []history.Change{first, s.register()}
			},
			[]string{"1 registered ada", "2 registered ada gap"},
		},
		"records in another order": {
			func(s *stream) []history.Change {
				first, second, third := s.register(), s.change(), s.remove()
				return []history.Change{first, third, second, first, third, second}
			},
			[]string{"1 registered ada", "2 removed bob gap", "3 changed bob gap"},
		},
		"all of it again": {
			func(s *stream) []history.Change {
				all := []history.Change{s.register(), s.change(), s.edit(func(r *membership.Record) { r.Scope = 2 }), s.remove()}
				return append(all, all...)
			},
			[]string{"1 registered ada", "2 changed bob", "3 foreign", "4 removed bob"},
		},
		"edits there and back, again": {
			func(s *stream) []history.Change {
				first := s.register()
				there := s.edit(func(r *membership.Record) { r.Scope = 2 })
				back := s.edit(func(r *membership.Record) { r.Scope = 1 })
				return []history.Change{first, there, back, there, back, there}
			},
			[]string{"1 registered ada", "2 foreign", "3 foreign"},
		},
		"spoiled, and mended": {
			func(s *stream) []history.Change {
				return []history.Change{s.register(), s.spoil(), s.spoil(), s.mend(), s.change()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 foreign unreadable", "4 foreign unreadable", "5 changed bob"},
		},
		"spoiled, and erased": {
			func(s *stream) []history.Change {
				return []history.Change{s.register(), s.spoil(), s.erase(), s.register()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 erased unreadable", "4 registered ada"},
		},
		"a gap before it was mended": {
			func(s *stream) []history.Change {
				first := s.register()
				s.spoil()
				return []history.Change{first, s.mend()}
			},
			[]string{"1 registered ada", "2 foreign gap unreadable"},
		},
		"a gap before it was spoiled": {
			func(s *stream) []history.Change {
				first, second := s.register(), s.erase()
				s.register()
				return []history.Change{first, second, s.spoil()}
			},
			[]string{"1 registered ada", "2 erased", "3 foreign gap unreadable"},
		},
		"a gap in which it was mended": {
			func(s *stream) []history.Change {
				first, second := s.register(), s.spoil()
				s.mend()
				return []history.Change{first, second, s.change()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 changed bob gap"},
		},
		"a gap in which it went": {
			func(s *stream) []history.Change {
				first, second := s.register(), s.spoil()
				s.erase()
				return []history.Change{first, second, s.register()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 registered ada gap"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log historytest.Memory
			var events []string
			recorder := history.Recorder{Log: &log}
			for _, c := range test.changes(&stream{}) {
				e, _, err := recorder.Record(t.Context(), c)
				if err != nil || e.EventID != c.EventID {
					t.Fatalf("Record gave the entry of %s (%v), want %s", e.EventID, err, c.EventID)
				}
				events = append(events, e.EventID)
			}
			got := newestLast(t, &log)
			var texts []string
			for _, e := range got {
				texts = append(texts, entrySummary(e))
			}
			if !reflect.DeepEqual(texts, test.want) {
				t.Errorf("after %q got\n%s\nwant\n%s", events, strings.Join(texts, "\n"), strings.Join(test.want, "\n"))
			}
			checkChain(t, got)
		})
	}
}

func newestLast(t *testing.T, log history.Lister) []history.Entry {
	t.Helper()
	entries, err := log.List(t.Context(), history.PairOf(key), membership.MaxInteger, 1000)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(entries)
	return entries
}

// checkChain compares each entry with the one before.
func checkChain(t *testing.T, entries []history.Entry) {
	t.Helper()
	for i := 1; i < len(entries); i++ {
		before, e := entries[i-1], entries[i]
		if !e.Gap && !e.Unreadable && !before.Unreadable && !reflect.DeepEqual(before.After, e.Before) {
			t.Errorf("entry %d begins with %+v, the one before ends with %+v", e.Sequence, e.Before, before.After)
		}
	}
}

// TestForeign makes changes that no operation of the service makes.
func TestForeign(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*membership.Record){
		"scope":              func(r *membership.Record) { r.Scope = 2 },
		"a code":             func(r *membership.Record) { r.Permissions.Read = []int64{1, 2} },
		"deleted":            func(r *membership.Record) { r.DeletedAt = start },
		"updatedAt":          func(r *membership.Record) { r.UpdatedAt = start.Add(time.Hour) },
		"createdAt":          func(r *membership.Record) { r.CreatedAt = start.Add(time.Hour) },
		"registeredBy":       func(r *membership.Record) { r.RegisteredBy = "eve" },
		"requestId":          func(r *membership.Record) { r.RequestID = "another" },
		"mark":               func(r *membership.Record) { r.Mark = membership.NewMark() },
		"an idempotency key": func(r *membership.Record) { r.IdempotencyKey, r.RequestHash = "k", "h" },
		"another revision":   func(r *membership.Record) { r.Last.Revision = membership.NewMark() },
		"another caller":     func(r *membership.Record) { r.Last.ChangedBy = "eve" },
		"no last change":     func(r *membership.Record) { r.Last = membership.LastChange{} },
		"a removal of nothing": func(r *membership.Record) {
			r.Last = membership.LastChange{Revision: "r", Previous: r.Revision(), Operation: membership.Removed, ChangedBy: "eve", Hash: "h"}
		},
		"a change of its caller": func(r *membership.Record) {
			r.Last = membership.LastChange{Revision: "r", Previous: r.Revision(), Operation: membership.Changed, ChangedBy: "eve", Hash: "h"}
			r.RegisteredBy = "eve"
		},
		"a change of another revision": func(r *membership.Record) {
			r.Last = membership.LastChange{Revision: "r", Previous: "q", Operation: membership.Changed, ChangedBy: "eve", Hash: "h"}
		},
		"a registration over an active one": func(r *membership.Record) {
			*r = membership.Record{Membership: r.Membership, RegisteredBy: "eve", Mark: membership.NewMark()}
			r.CreatedAt, r.UpdatedAt = start.Add(time.Hour), start.Add(time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log historytest.Memory
			recorder := history.Recorder{Log: &log}
			s := &stream{}
			for _, c := range []history.Change{s.register(), s.change()} {
				if _, _, err := recorder.Record(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			c := s.edit(edit)
			e, _, err := recorder.Record(t.Context(), c)
			if err != nil || e.Type != history.Foreign || e.By != "" || e.RequestID != "" || !e.At.Equal(c.At) || e.Gap {
				t.Errorf("got %s at %v (%v), want a foreign entry at %v", entrySummary(e), e.At, err, c.At)
			}
		})
	}
	t.Run("a registration that was put back", func(t *testing.T) {
		t.Parallel()
		s := &stream{}
		s.register()
		copied := *s.item
		s.erase()
		c := s.becomes(&copied)
		recorder := history.Recorder{Log: &historytest.Memory{}}
		for at, want := range map[time.Time]history.Type{
			copied.CreatedAt.Add(time.Hour - time.Millisecond): history.Registered,
			copied.CreatedAt.Add(time.Hour):                    history.Foreign,
		} {
			c.At, c.EventID = at, at.String()
			if e, _, err := recorder.Record(t.Context(), c); e.Type != want || err != nil {
				t.Errorf("after %s got %s (%v), want %s", at.Sub(copied.CreatedAt), entrySummary(e), err, want)
			}
		}
	})
	t.Run("an item that did not begin with a registration", func(t *testing.T) {
		t.Parallel()
		s := &stream{}
		s.register()
		s.change()
		imported := *s.item
		s.erase()
		recorder := history.Recorder{Log: &historytest.Memory{}}
		if e, _, err := recorder.Record(t.Context(), s.becomes(&imported)); e.Type != history.Foreign || err != nil {
			t.Errorf("got %s (%v)", entrySummary(e), err)
		}
	})
}

func TestAnEntryHasTheTimeCallerAndRequestOfItsOperation(t *testing.T) {
	t.Parallel()
	recorder := history.Recorder{Log: &historytest.Memory{}}
	s := &stream{}
	for _, c := range []history.Change{s.register(), s.change(), s.remove(), s.restore()} {
		e, _, err := recorder.Record(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		at, by := c.After.Record.UpdatedAt, "bob"
		switch e.Type {
		case history.Registered:
			at, by = c.After.Record.CreatedAt, "ada"
		case history.Removed:
			at = c.After.Record.DeletedAt
		default:
		}
		if !e.At.Equal(at) || e.By != by || e.RequestID != c.After.Record.RequestID || e.Revision != c.After.Record.Revision() {
			t.Errorf("%s at %v, %s, %s, want %v, %s, %s", entrySummary(e), e.At, e.RequestID, e.Revision, at, c.After.Record.RequestID, c.After.Record.Revision())
		}
	}
}

// TestRepeatedInAnyOrder delivers the changes of one item three times, in random
// order, while the stream's clock steps back and forth. In the end each change has
// one entry.
func TestRepeatedInAnyOrder(t *testing.T) {
	t.Parallel()
	for range 200 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		s := &stream{}
		changes := []history.Change{s.register()}
		for range random.IntN(20) {
			next := map[bool][]func() history.Change{
				true:  {s.change, s.remove, s.erase, func() history.Change { return s.edit(func(r *membership.Record) { r.Scope = 3 - r.Scope }) }},
				false: {s.register, s.restore},
			}[s.item != nil && s.item.Active()]
			if s.item == nil {
				next = next[:1]
			}
			c := next[random.IntN(len(next))]()
			c.At = c.At.Truncate(time.Duration(1+random.IntN(5)) * time.Second)
			if random.IntN(5) == 0 {
				c.At = c.At.Add(time.Duration(random.IntN(7200)-3600) * time.Second)
			}
			changes = append(changes, c)
		}
		var log historytest.Memory
		recorder := history.Recorder{Log: &log}
		for range 3 {
			for _, i := range random.Perm(len(changes)) {
				if _, _, err := recorder.Record(t.Context(), changes[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		entries := newestLast(t, &log)
		seen := map[string]int{}
		for i, e := range entries {
			seen[e.EventID]++
			if e.Sequence != int64(i)+1 {
				t.Errorf("seed %d: entry %d has the sequence %d", seed, i, e.Sequence)
			}
		}
		if len(seen) != len(changes) || len(entries) != len(changes) {
			t.Errorf("seed %d: %d entries of %d changes for %d", seed, len(entries), len(seen), len(changes))
		}
		checkChain(t, entries)
	}
}

// counting counts the reads of a log, and fails them where err is set.
type counting struct {
	historytest.Memory
	reads int
	err   error
}

func (c *counting) List(ctx context.Context, pair history.Pair, below int64, size int) ([]history.Entry, error) {
	c.reads++
	if c.err != nil {
		return nil, c.err
	}
	return c.Memory.List(ctx, pair, below, size)
}

func TestARegistrationIsRecordedWithoutARead(t *testing.T) {
	t.Parallel()
	var log counting
	recorder := history.Recorder{Log: &log}
	s := &stream{}
	for i, c := range []history.Change{s.register(), s.change(), s.spoil(), s.mend()} {
		if _, _, err := recorder.Record(t.Context(), c); err != nil || log.reads != i {
			t.Errorf("after change %d: %d reads, %v", i, log.reads, err)
		}
	}
}

func TestNothingIsAppendedWhereTheLogCannotBeRead(t *testing.T) {
	t.Parallel()
	log := counting{err: membership.ErrUnavailable}
	recorder := history.Recorder{Log: &log}
	s := &stream{}
	s.register()
	if _, _, err := recorder.Record(t.Context(), s.change()); !errors.Is(err, membership.ErrUnavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
	log.err = nil
	if entries := newestLast(t, &log); len(entries) > 0 {
		t.Errorf("appended %v, want nothing", entries)
	}
}
