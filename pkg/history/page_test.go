package history_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/history"
	"users-organizations/pkg/history/historytest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
)

// The states of a membership, one after the other: registered, changed,
// removed, restored, changed behind the service's back, and registered after
// all of it was erased.
var (
	registered = registration(1)
	changed    = then(registered, 2, membership.Changed)
	removed    = then(changed, 3, membership.Removed)
	restored   = then(removed, 4, membership.Restored)
	edited     = with(restored, func(r *membership.Record) { r.Permissions.Group = 99 })
	anew       = registration(9)
)

func registration(n int) *membership.Record {
	at := start.Add(time.Duration(n) * time.Minute)
	return &membership.Record{
		Key: key, Scope: 1, Permissions: membership.Permissions{Read: []int64{1}, Manage: []int64{}},
		CreatedAt: at, UpdatedAt: at, RegisteredBy: "ada", RequestID: fmt.Sprint("request-", n), Mark: fmt.Sprintf("%032x", n),
	}
}

func then(old *membership.Record, n int, operation membership.Operation) *membership.Record {
	next := membership.Replacement{
		Key: key, Grant: membership.Grant{Scope: new(int64(2))}, RequestID: fmt.Sprint("request-", n), At: start.Add(time.Duration(n) * time.Minute),
		Last: membership.LastChange{
			Revision: fmt.Sprintf("%032x", n), Previous: old.Revision(), Operation: operation, ChangedBy: "bob", Hash: "h",
		},
	}.Apply(*old)
	return &next
}

func with(r *membership.Record, edit func(*membership.Record)) *membership.Record {
	next := *r
	edit(&next)
	return &next
}

// unreadable stands for an item that is no membership.
var unreadable = &membership.Record{}

// recorded is a log that has an entry for each step between two of the states.
// The first one has nothing before it; nil stands for no item.
func recorded(t *testing.T, states ...*membership.Record) *historytest.Memory {
	t.Helper()
	var log historytest.Memory
	var before *membership.Record
	for i, after := range states {
		record(t, &log, i, before, after)
		before = after
	}
	return &log
}

func record(t *testing.T, log history.Log, n int, before, after *membership.Record) {
	t.Helper()
	c := history.Change{
		Pair: history.PairOf(key), EventID: fmt.Sprint("event-", n), At: start.Add(time.Duration(n) * time.Minute),
		Before: history.Image{Record: before}, After: history.Image{Record: after},
	}
	if before == unreadable {
		c.Before, c.Raw = history.Image{Unreadable: true}, []byte("{}")
	}
	if after == unreadable {
		c.After, c.Raw = history.Image{Unreadable: true}, []byte("{}")
	}
	if _, _, err := (&history.Recorder{Log: log}).Record(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// memberships are what each read of the membership finds; the last one stays.
type memberships struct {
	states []*membership.Record
	reads  int
}

func (m *memberships) Get(context.Context, membership.Key) (membership.Record, error) {
	now := m.states[min(m.reads, len(m.states)-1)]
	m.reads++
	switch now {
	case nil:
		return membership.Record{}, membership.ErrNotFound
	case unreadable:
		return membership.Record{}, fmt.Errorf("decode: %w", membership.ErrUnreadable)
	}
	return *now, nil
}

func read(t *testing.T, log history.Lister, m membership.Getter, parameters ...string) history.Page {
	t.Helper()
	r := membership.GetRequest{UserID: "7", OrganizationID: "1", Query: map[string][]string{}}
	for p := range slices.Chunk(parameters, 2) {
		r.Query[p[0]] = []string{p[1]}
	}
	q, err := membership.ParseHistory(r)
	if err != nil {
		t.Fatal(err)
	}
	page, err := (&history.ReadService{Log: log, Memberships: m}).Page(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// words tell a page: its entries, a - for one without a sequence, whether more
// follow, and what it says of the whole.
func words(p history.Page) string {
	var all []string
	for _, e := range p.Entries {
		text := fmt.Sprint(e.Sequence, " ", e.Type)
		if e.Sequence == 0 {
			text = "- " + string(e.Type)
		}
		if e.Gap {
			text += " after a gap"
		}
		if e.Unreadable {
			text += " unreadable"
		}
		all = append(all, text)
	}
	if p.Next != "" {
		all = append(all, "more")
	}
	if p.Complete {
		return strings.Join(append(all, "complete"), ", ")
	}
	return strings.Join(append(all, "incomplete"), ", ")
}

func TestPage(t *testing.T) {
	t.Parallel()
	states := func(all ...*membership.Record) []*membership.Record { return all }
	for name, c := range map[string]struct {
		recorded []*membership.Record
		now      *membership.Record
		want     string
	}{
		"an unknown pair":  {nil, nil, "complete"},
		"a registration":   {states(registered), registered, "1 registered, complete"},
		"every operation":  {states(registered, changed, removed, restored), restored, "4 restored, 3 removed, 2 changed, 1 registered, complete"},
		"what was removed": {states(registered, changed, removed), removed, "3 removed, 2 changed, 1 registered, complete"},

		"a registration without an entry": {nil, registered, "- registered, incomplete"},
		"a change without an entry":       {states(registered), changed, "- changed, 1 registered, incomplete"},
		"a removal without an entry":      {states(registered, changed), removed, "- removed, 2 changed, 1 registered, incomplete"},
		"a restoration without an entry":  {states(removed), restored, "- restored, 1 foreign, incomplete"},
		"several without an entry":        {states(registered), restored, "- restored, 1 registered, incomplete"},
		"one from before the stream":      {nil, removed, "- removed, incomplete"},

		"gone":                            {states(registered, nil), nil, "2 erased, 1 registered, complete"},
		"gone without an erased":          {states(registered), nil, "1 registered, incomplete"},
		"back after an erased":            {states(registered, nil, anew), anew, "3 registered, 2 erased, 1 registered, complete"},
		"back after an erased, late":      {states(registered, nil), anew, "- registered, 2 erased, 1 registered, incomplete"},
		"back without an erased, late":    {states(registered), anew, "- registered, 1 registered, incomplete"},
		"gone again, late":                {states(registered, nil, anew), nil, "3 registered, 2 erased, 1 registered, incomplete"},
		"anew after a removal":            {states(registered, changed, removed, anew), anew, "4 registered, 3 removed, 2 changed, 1 registered, complete"},
		"anew after a removal, late":      {states(registered, changed, removed), anew, "- registered, 3 removed, 2 changed, 1 registered, incomplete"},
		"removed again after all, late":   {states(restored, edited), then(edited, 6, membership.Removed), "- removed, 2 foreign, 1 foreign, incomplete"},
		"a foreign edit":                  {states(restored, edited), edited, "2 foreign, 1 foreign, complete"},
		"a foreign edit, late":            {states(registered, changed), with(changed, func(r *membership.Record) { r.Scope = 1 }), "2 changed, 1 registered, incomplete"},
		"a foreign edit of a mark, late":  {states(registered), with(registered, func(r *membership.Record) { r.Mark = "x" }), "- registered, 1 registered, incomplete"},
		"a foreign return to old, late":   {states(registered, changed), registered, "2 changed, 1 registered, incomplete"},
		"a foreign edit of other members": {states(registered), with(registered, func(r *membership.Record) { r.RequestID = "x" }), "1 registered, complete"},

		"unreadable":                    {states(registered, unreadable), unreadable, "2 foreign unreadable, 1 registered, complete"},
		"unreadable, late":              {states(registered), unreadable, "1 registered, incomplete"},
		"unreadable from the start":     {states(unreadable), unreadable, "1 foreign unreadable, complete"},
		"unreadable, nothing recorded":  {nil, unreadable, "incomplete"},
		"gone since it was unreadable":  {states(registered, unreadable), nil, "2 foreign unreadable, 1 registered, incomplete"},
		"mended since, perhaps":         {states(registered, unreadable), changed, "- changed, 2 foreign unreadable, 1 registered, incomplete"},
		"put back, late":                {states(registered, changed, nil), changed, "3 erased, 2 changed, 1 registered, incomplete"},
		"mended, and changed after it":  {states(unreadable, registered, changed), changed, "3 changed, 2 foreign unreadable, 1 foreign unreadable, complete"},
		"a change after the mend, late": {states(registered, unreadable, changed), removed, "- removed, 3 foreign unreadable, 2 foreign unreadable, 1 registered, incomplete"},
		"mended":                        {states(registered, unreadable, changed), changed, "3 foreign unreadable, 2 foreign unreadable, 1 registered, complete"},
		"gone, and recorded":            {states(registered, unreadable, nil), nil, "3 erased unreadable, 2 foreign unreadable, 1 registered, complete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := read(t, recorded(t, c.recorded...), &memberships{states: states(c.now)})
			if got := words(page); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if page.Number != 1 || page.Size != 50 || page.Entries == nil {
				t.Errorf("got the page %d of %d, %v", page.Number, page.Size, page.Entries)
			}
		})
	}
}

// TestLostChanges: a gap is shown, and then nothing is missing any more that
// could still come.
func TestLostChanges(t *testing.T) {
	t.Parallel()
	log := recorded(t, registered)
	record(t, log, 9, removed, restored)
	page := read(t, log, &memberships{states: []*membership.Record{restored}})
	if got, want := words(page), "2 restored after a gap, 1 registered, complete"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTheNewestChangeWithoutAnEntry is as its entry will be, but for what only
// the stream tells.
func TestTheNewestChangeWithoutAnEntry(t *testing.T) {
	t.Parallel()
	states := []*membership.Record{registered, changed, removed, restored}
	for n, now := range states {
		late := read(t, recorded(t, states[:n]...), &memberships{states: []*membership.Record{now}}).Entries[0]
		want := read(t, recorded(t, states[:n+1]...), &memberships{states: []*membership.Record{now}}).Entries[0]
		want.Pair, want.Sequence, want.Before, want.EventID, want.Latest = "", 0, nil, "", time.Time{}
		if !reflect.DeepEqual(late, want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", want.Type, late, want)
		}
	}
}

// growing is a log that has other entries each time it is read.
type growing struct {
	logs  []*historytest.Memory
	reads int
}

func (g *growing) List(ctx context.Context, pair history.Pair, below int64, size int) ([]history.Entry, error) {
	log := g.logs[min(g.reads, len(g.logs)-1)]
	g.reads++
	return log.List(ctx, pair, below, size)
}

// TestChangesWhileItIsRead has changes between the reads of the membership and
// of the log.
func TestChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	states := func(all ...*membership.Record) []*membership.Record { return all }
	one, two, three := states(registered), states(registered, changed), states(registered, changed, removed)
	for name, c := range map[string]struct {
		now  []*membership.Record
		logs [][]*membership.Record
		want string
		// reads are those of the membership.
		reads int
	}{
		"none":                       {states(registered), [][]*membership.Record{one}, "1 registered, complete", 1},
		"one with its entry":         {states(registered, changed), [][]*membership.Record{two}, "2 changed, 1 registered, complete", 2},
		"one without an entry":       {states(registered, changed), [][]*membership.Record{one}, "1 registered, complete", 1},
		"the entry comes afterwards": {states(changed), [][]*membership.Record{one, two}, "- changed, 1 registered, incomplete", 2},
		"another change, and both entries afterwards": {
			states(changed, removed), [][]*membership.Record{one, three}, "3 removed, 2 changed, 1 registered, complete", 2,
		},
		"the first registration": {states(nil, registered), [][]*membership.Record{one}, "1 registered, complete", 2},
		"it goes, and is erased": {states(registered, nil), [][]*membership.Record{states(registered, nil)}, "2 erased, 1 registered, complete", 2},
		"it becomes unreadable":  {states(registered, unreadable), [][]*membership.Record{states(registered, unreadable)}, "2 foreign unreadable, 1 registered, complete", 2},
		"changes without an end": {states(changed, removed, restored, edited), [][]*membership.Record{one}, "- restored, 1 registered, incomplete", 4},
		"changes up to the last read, and then all entries": {
			states(changed, removed, restored, edited),
			[][]*membership.Record{one, one, states(registered, changed, removed, restored, edited)},
			"5 foreign, 4 restored, 3 removed, 2 changed, 1 registered, complete", 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log growing
			for _, states := range c.logs {
				log.logs = append(log.logs, recorded(t, states...))
			}
			m := memberships{states: c.now}
			if got := words(read(t, &log, &m)); got != c.want || m.reads != c.reads {
				t.Errorf("got %s after %d reads, want %s after %d", got, m.reads, c.want, c.reads)
			}
		})
	}
}

// scanty is a log that gives one entry at a time, however many are asked for.
type scanty struct{ history.Lister }

func (s scanty) List(ctx context.Context, pair history.Pair, below int64, _ int) ([]history.Entry, error) {
	return s.Lister.List(ctx, pair, below, 1)
}

func TestPagesGoOn(t *testing.T) {
	t.Parallel()
	all := []*membership.Record{registered, changed, removed, restored}
	for name, c := range map[string]struct {
		log  func(history.Lister) history.Lister
		size string
		now  *membership.Record
		want []string
	}{
		"of one entry": {nil, "1", restored, []string{
			"4 restored, more, complete", "3 removed, more, complete", "2 changed, more, complete", "1 registered, complete",
		}},
		"of three":         {nil, "3", restored, []string{"4 restored, 3 removed, 2 changed, more, complete", "1 registered, complete"}},
		"the last is full": {nil, "2", restored, []string{"4 restored, 3 removed, more, complete", "2 changed, 1 registered, complete"}},
		"one is enough":    {nil, "4", restored, []string{"4 restored, 3 removed, 2 changed, 1 registered, complete"}},
		"of one, and one more without an entry": {nil, "1", anew, []string{
			"- registered, more, incomplete", "4 restored, more, incomplete", "3 removed, more, incomplete", "2 changed, more, incomplete", "1 registered, incomplete",
		}},
		"of four, and one more without an entry": {nil, "4", anew, []string{
			"- registered, 4 restored, 3 removed, 2 changed, more, incomplete", "1 registered, incomplete",
		}},
		"of five, and one more without an entry": {nil, "5", anew, []string{"- registered, 4 restored, 3 removed, 2 changed, 1 registered, incomplete"}},
		"of a log that gives less": {func(l history.Lister) history.Lister { return scanty{l} }, "3", restored, []string{
			"4 restored, more, complete", "3 removed, more, complete", "2 changed, more, complete", "1 registered, complete",
		}},
		"of a log that gives less, and one more": {func(l history.Lister) history.Lister { return scanty{l} }, "3", anew, []string{
			"- registered, 4 restored, more, incomplete", "3 removed, more, incomplete", "2 changed, more, incomplete", "1 registered, incomplete",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log history.Lister = recorded(t, all...)
			if c.log != nil {
				log = c.log(log)
			}
			parameters := []string{"pageSize", c.size}
			for i, want := range c.want {
				page := read(t, log, &memberships{states: []*membership.Record{c.now}}, parameters...)
				if got := words(page); got != want || page.Number != int64(i+1) || fmt.Sprint(page.Size) != c.size {
					t.Fatalf("page %d of %d is %d: %s, want %s", i+1, page.Size, page.Number, got, want)
				}
				parameters = []string{"pageSize", c.size, "cursor", page.Next}
			}
		})
	}
}

// TestPagesOfAHistoryThatGrows: what comes at its begin moves no later page, and
// each page tells of the whole.
func TestPagesOfAHistoryThatGrows(t *testing.T) {
	t.Parallel()
	log := recorded(t, registered, changed, removed)
	page := read(t, log, &memberships{states: []*membership.Record{removed}}, "pageSize", "1")
	record(t, log, 3, removed, restored)
	for _, now := range []*membership.Record{restored, edited} {
		second := read(t, log, &memberships{states: []*membership.Record{now}}, "pageSize", "1", "cursor", page.Next)
		want := "2 changed, more, complete"
		if now == edited {
			want = "2 changed, more, incomplete"
		}
		if got := words(second); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// failing fails from the read of that number on.
type failing struct {
	history.Lister
	membership.Getter

	from, reads int
}

func (f *failing) fail() error {
	if f.reads++; f.reads > f.from {
		return membership.ErrUnavailable
	}
	return nil
}

func (f *failing) List(ctx context.Context, pair history.Pair, below int64, size int) ([]history.Entry, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.Lister.List(ctx, pair, below, size)
}

func (f *failing) Get(ctx context.Context, key membership.Key) (membership.Record, error) {
	if err := f.fail(); err != nil {
		return membership.Record{}, err
	}
	return f.Getter.Get(ctx, key)
}

// TestEveryReadMayFail: a page is whole, or an error.
func TestEveryReadMayFail(t *testing.T) {
	t.Parallel()
	var table membershiptest.Memory
	if err := table.Put(t.Context(), *restored); err != nil {
		t.Fatal(err)
	}
	for page, reads := range map[int64]int{1: 3, 2: 4} {
		for from := range reads + 1 {
			f := &failing{Lister: recorded(t, registered, changed), Getter: &table, from: from}
			q := membership.HistoryQuery{Key: key, PageSize: 1, Page: page, Below: 2}
			got, err := (&history.ReadService{Log: f, Memberships: f}).Page(t.Context(), q)
			switch {
			case from < reads && (!errors.Is(err, membership.ErrUnavailable) || len(got.Entries) > 0):
				t.Errorf("page %d, the read %d fails: %v, %v, want an error alone", page, from+1, got, err)
			case from == reads && err != nil:
				t.Errorf("page %d: %v", page, err)
			}
		}
	}
}

func TestPageAsJSON(t *testing.T) {
	t.Parallel()
	for want, page := range map[string]history.Page{
		`{"data":[],"totalCount":null,"pagination":{"page":1,"pageSize":50,"next":null},"complete":true}`: read(t, recorded(t), &memberships{states: []*membership.Record{nil}}),
		`{"data":[{"sequence":2,"type":"foreign","at":"2024-12-09T14:24:00.000Z","by":null,"requestId":null,"etag":null,"before":{"userId":7,"organizationId":1,"scope":1,"permissions":{"group":0,"read":[1],"manage":[]},"deletedAt":null,"updatedAt":"2024-12-09T14:24:00.000Z","createdAt":"2024-12-09T14:24:00.000Z"},"after":null,"unreadable":true}],` +
			`"totalCount":null,"pagination":{"page":1,"pageSize":1,"next":"MSBoaXN0b3J5IDcgMSAyIDI"},"complete":true}`: read(t, recorded(t, registered, unreadable), &memberships{states: []*membership.Record{unreadable}}, "pageSize", "1"),
	} {
		if got, err := json.Marshal(page); err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}
