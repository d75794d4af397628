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

// life makes the changes of one item, as the stream shows them.
type life struct {
	// item is the membership as it was when it could last be read.
	item       *membership.Record
	unreadable bool
	n          int
}

func (l *life) now() time.Time { return start.Add(time.Duration(l.n) * time.Second) }

func (l *life) image() history.Image {
	if l.unreadable {
		return history.Image{Unreadable: true}
	}
	return history.Image{Record: l.item}
}

// becomes is the change to an item, to none where it is nil.
func (l *life) becomes(item *membership.Record) history.Change {
	return l.step(func() { l.item, l.unreadable = item, false })
}

func (l *life) step(change func()) history.Change {
	l.n++
	c := history.Change{
		Pair: history.PairOf(key), EventID: fmt.Sprint("event ", l.n), At: l.now().Add(time.Second), Before: l.image(),
	}
	change()
	c.After = l.image()
	if c.Before.Unreadable || c.After.Unreadable {
		c.Raw = []byte("{}")
	}
	return c
}

func (l *life) register() history.Change {
	now := l.now()
	return l.becomes(&membership.Record{
		Key: key, Scope: 1, CreatedAt: now, UpdatedAt: now,
		Permissions:  membership.Permissions{Group: 1, Read: []int64{1}, Manage: []int64{}},
		RegisteredBy: "ada", RequestID: fmt.Sprint("request ", l.n), Mark: membership.NewMark(),
	})
}

func (l *life) replace(operation membership.Operation, scope int64) history.Change {
	next := membership.Replacement{
		Key: key, RequestID: fmt.Sprint("request ", l.n), At: l.now(),
		Grant: membership.Grant{Scope: &scope},
		Last: membership.LastChange{
			Revision: membership.NewMark(), Previous: l.item.Revision(), Operation: operation, ChangedBy: "bob", Hash: "h",
		},
	}.Apply(*l.item)
	return l.becomes(&next)
}

func (l *life) change() history.Change  { return l.replace(membership.Changed, 3-l.item.Scope) }
func (l *life) remove() history.Change  { return l.replace(membership.Removed, 0) }
func (l *life) restore() history.Change { return l.replace(membership.Restored, 0) }
func (l *life) erase() history.Change   { return l.becomes(nil) }

// edit is another writer's.
func (l *life) edit(change func(*membership.Record)) history.Change {
	next := *l.item
	change(&next)
	return l.becomes(&next)
}

// spoil leaves what is no membership, and mend makes one of it again.
func (l *life) spoil() history.Change { return l.step(func() { l.unreadable = true }) }
func (l *life) mend() history.Change  { return l.becomes(l.item) }

// told is an entry in few words.
func told(e history.Entry) string {
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
		changes func(l *life) []history.Change
		want    []string
	}{
		"every operation": {
			func(l *life) []history.Change {
				return []history.Change{l.register(), l.change(), l.remove(), l.restore(), l.remove(), l.register()}
			},
			[]string{"1 registered ada", "2 changed bob", "3 removed bob", "4 restored bob", "5 removed bob", "6 registered ada"},
		},
		"a change that changes nothing": {
			func(l *life) []history.Change {
				return []history.Change{l.register(), l.replace(membership.Changed, 1)}
			},
			[]string{"1 registered ada", "2 changed bob"},
		},
		"erased, and registered again": {
			func(l *life) []history.Change { return []history.Change{l.register(), l.erase(), l.register()} },
			[]string{"1 registered ada", "2 erased", "3 registered ada"},
		},
		"from before the stream": {
			func(l *life) []history.Change { l.register(); return []history.Change{l.change(), l.remove()} },
			[]string{"1 changed bob gap", "2 removed bob"},
		},
		"a gap": {
			func(l *life) []history.Change {
				first := l.register()
				l.change()
				return []history.Change{first, l.change(), l.remove()}
			},
			[]string{"1 registered ada", "2 changed bob gap", "3 removed bob"},
		},
		"a gap that ends where it began": {
			func(l *life) []history.Change {
				first := l.register()
				l.remove()
				l.restore()
				return []history.Change{first, l.remove()}
			},
			[]string{"1 registered ada", "2 removed bob gap"},
		},
		"a gap in which the item went": {
			func(l *life) []history.Change {
				first := l.register()
				l.erase()
				return []history.Change{first, l.register()}
			},
			[]string{"1 registered ada", "2 registered ada gap"},
		},
		"records in another order": {
			func(l *life) []history.Change {
				first, second, third := l.register(), l.change(), l.remove()
				return []history.Change{first, third, second, first, third, second}
			},
			[]string{"1 registered ada", "2 removed bob gap", "3 changed bob gap"},
		},
		"all of it again": {
			func(l *life) []history.Change {
				all := []history.Change{l.register(), l.change(), l.edit(func(r *membership.Record) { r.Scope = 2 }), l.remove()}
				return append(all, all...)
			},
			[]string{"1 registered ada", "2 changed bob", "3 foreign", "4 removed bob"},
		},
		"edits there and back, again": {
			func(l *life) []history.Change {
				first := l.register()
				there := l.edit(func(r *membership.Record) { r.Scope = 2 })
				back := l.edit(func(r *membership.Record) { r.Scope = 1 })
				return []history.Change{first, there, back, there, back, there}
			},
			[]string{"1 registered ada", "2 foreign", "3 foreign"},
		},
		"spoiled, and mended": {
			func(l *life) []history.Change {
				return []history.Change{l.register(), l.spoil(), l.spoil(), l.mend(), l.change()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 foreign unreadable", "4 foreign unreadable", "5 changed bob"},
		},
		"spoiled, and erased": {
			func(l *life) []history.Change {
				return []history.Change{l.register(), l.spoil(), l.erase(), l.register()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 erased unreadable", "4 registered ada"},
		},
		"a gap before it was mended": {
			func(l *life) []history.Change {
				first := l.register()
				l.spoil()
				return []history.Change{first, l.mend()}
			},
			[]string{"1 registered ada", "2 foreign gap unreadable"},
		},
		"a gap before it was spoiled": {
			func(l *life) []history.Change {
				first, second := l.register(), l.erase()
				l.register()
				return []history.Change{first, second, l.spoil()}
			},
			[]string{"1 registered ada", "2 erased", "3 foreign gap unreadable"},
		},
		"a gap in which it was mended": {
			func(l *life) []history.Change {
				first, second := l.register(), l.spoil()
				l.mend()
				return []history.Change{first, second, l.change()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 changed bob gap"},
		},
		"a gap in which it went": {
			func(l *life) []history.Change {
				first, second := l.register(), l.spoil()
				l.erase()
				return []history.Change{first, second, l.register()}
			},
			[]string{"1 registered ada", "2 foreign unreadable", "3 registered ada gap"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log historytest.Memory
			var events []string
			recorder := history.Recorder{Log: &log}
			for _, c := range test.changes(&life{}) {
				e, _, err := recorder.Record(t.Context(), c)
				if err != nil || e.EventID != c.EventID {
					t.Fatalf("Record gave the entry of %s (%v), want %s", e.EventID, err, c.EventID)
				}
				events = append(events, e.EventID)
			}
			got := newestLast(t, &log)
			var texts []string
			for _, e := range got {
				texts = append(texts, told(e))
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

// checkChain holds each entry to the one before.
func checkChain(t *testing.T, entries []history.Entry) {
	t.Helper()
	for i := 1; i < len(entries); i++ {
		before, e := entries[i-1], entries[i]
		if !e.Gap && !e.Unreadable && !before.Unreadable && !reflect.DeepEqual(before.After, e.Before) {
			t.Errorf("entry %d begins with %+v, the one before ends with %+v", e.Sequence, e.Before, before.After)
		}
	}
}

// TestForeign: what no operation of the service leaves is another writer's.
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
		"a change of what it may not": func(r *membership.Record) {
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
			l := &life{}
			for _, c := range []history.Change{l.register(), l.change()} {
				if _, _, err := recorder.Record(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			c := l.edit(edit)
			e, _, err := recorder.Record(t.Context(), c)
			if err != nil || e.Type != history.Foreign || e.By != "" || e.RequestID != "" || !e.At.Equal(c.At) || e.Gap {
				t.Errorf("got %s at %v (%v), want a foreign entry at %v", told(e), e.At, err, c.At)
			}
		})
	}
	t.Run("a registration that was put back", func(t *testing.T) {
		t.Parallel()
		l := &life{}
		l.register()
		copied := *l.item
		l.erase()
		c := l.becomes(&copied)
		recorder := history.Recorder{Log: &historytest.Memory{}}
		for at, want := range map[time.Time]history.Type{
			copied.CreatedAt.Add(time.Hour - time.Millisecond): history.Registered,
			copied.CreatedAt.Add(time.Hour):                    history.Foreign,
		} {
			c.At, c.EventID = at, at.String()
			if e, _, err := recorder.Record(t.Context(), c); e.Type != want || err != nil {
				t.Errorf("after %s got %s (%v), want %s", at.Sub(copied.CreatedAt), told(e), err, want)
			}
		}
	})
	t.Run("an item that did not begin with a registration", func(t *testing.T) {
		t.Parallel()
		l := &life{}
		l.register()
		l.change()
		imported := *l.item
		l.erase()
		recorder := history.Recorder{Log: &historytest.Memory{}}
		if e, _, err := recorder.Record(t.Context(), l.becomes(&imported)); e.Type != history.Foreign || err != nil {
			t.Errorf("got %s (%v)", told(e), err)
		}
	})
}

// TestTimes: an operation's own time and caller, in the words of the membership.
func TestTimes(t *testing.T) {
	t.Parallel()
	recorder := history.Recorder{Log: &historytest.Memory{}}
	l := &life{}
	for _, c := range []history.Change{l.register(), l.change(), l.remove(), l.restore()} {
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
			t.Errorf("%s at %v, %s, %s, want %v, %s, %s", told(e), e.At, e.RequestID, e.Revision, at, c.After.Record.RequestID, c.After.Record.Revision())
		}
	}
}

// TestRepeatedInAnyOrder delivers the changes of one item over and over, in
// random order and from any place on, with some of them lost at first, while the
// stream's clock steps back and forth: each has one entry in the end.
func TestRepeatedInAnyOrder(t *testing.T) {
	t.Parallel()
	for range 200 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		l := &life{}
		changes := []history.Change{l.register()}
		for range random.IntN(20) {
			next := map[bool][]func() history.Change{
				true:  {l.change, l.remove, l.erase, func() history.Change { return l.edit(func(r *membership.Record) { r.Scope = 3 - r.Scope }) }},
				false: {l.register, l.restore},
			}[l.item != nil && l.item.Active()]
			if l.item == nil {
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

// counting counts the reads of a log, and fails on request.
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
	l := &life{}
	for i, c := range []history.Change{l.register(), l.change(), l.spoil(), l.mend()} {
		if _, _, err := recorder.Record(t.Context(), c); err != nil || log.reads != i {
			t.Errorf("after change %d: %d reads, %v", i, log.reads, err)
		}
	}
}

func TestNothingIsAppendedWhereTheLogCannotBeRead(t *testing.T) {
	t.Parallel()
	log := counting{err: membership.ErrUnavailable}
	recorder := history.Recorder{Log: &log}
	l := &life{}
	l.register()
	if _, _, err := recorder.Record(t.Context(), l.change()); !errors.Is(err, membership.ErrUnavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
	log.err = nil
	if entries := newestLast(t, &log); len(entries) > 0 {
		t.Errorf("there are %v", entries)
	}
}
