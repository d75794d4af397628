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

// The records of a membership, one after the other: registered, changed, removed,
// restored, changed by another writer, and registered after the item was erased.
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

// unreadable stands for an item that is not a membership.
var unreadable = &membership.Record{}

// recorded is a log with an entry for each step from one record to the next. nil
// stands for no item, which is also before the first record.
func recorded(t *testing.T, records ...*membership.Record) *historytest.Memory {
	t.Helper()
	var log historytest.Memory
	var before *membership.Record
	for i, after := range records {
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

// memberships has the result of each read of the membership. The last one repeats.
type memberships struct {
	records []*membership.Record
	reads   int
}

func (m *memberships) Get(context.Context, membership.Key) (membership.Record, error) {
	now := m.records[min(m.reads, len(m.records)-1)]
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
	r := membership.ReadRequest{UserID: "7", OrganizationID: "1", Query: map[string][]string{}}
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

// pageSummary has the entries of a page, with - for no sequence, whether more
// follow, and whether the history is complete.
func pageSummary(p history.Page) string {
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
	records := func(all ...*membership.Record) []*membership.Record { return all }
	for name, c := range map[string]struct {
		recorded []*membership.Record
		now      *membership.Record
		want     string
	}{
		"an unknown pair":  {nil, nil, "complete"},
		"a registration":   {records(registered), registered, "1 registered, complete"},
		"every operation":  {records(registered, changed, removed, restored), restored, "4 restored, 3 removed, 2 changed, 1 registered, complete"},
		"what was removed": {records(registered, changed, removed), removed, "3 removed, 2 changed, 1 registered, complete"},

		"a registration without an entry": {nil, registered, "- registered, incomplete"},
		"a change without an entry":       {records(registered), changed, "- changed, 1 registered, incomplete"},
		"a removal without an entry":      {records(registered, changed), removed, "- removed, 2 changed, 1 registered, incomplete"},
		"a restoration without an entry":  {records(removed), restored, "- restored, 1 foreign, incomplete"},
		"several without an entry":        {records(registered), restored, "- restored, 1 registered, incomplete"},
		"from before the stream":          {nil, removed, "- removed, incomplete"},

		"gone":                            {records(registered, nil), nil, "2 erased, 1 registered, complete"},
		"gone without an erased":          {records(registered), nil, "1 registered, incomplete"},
		"back after an erased":            {records(registered, nil, anew), anew, "3 registered, 2 erased, 1 registered, complete"},
		"back after an erased, late":      {records(registered, nil), anew, "- registered, 2 erased, 1 registered, incomplete"},
		"back without an erased, late":    {records(registered), anew, "- registered, 1 registered, incomplete"},
		"gone again, late":                {records(registered, nil, anew), nil, "3 registered, 2 erased, 1 registered, incomplete"},
		"anew after a removal":            {records(registered, changed, removed, anew), anew, "4 registered, 3 removed, 2 changed, 1 registered, complete"},
		"anew after a removal, late":      {records(registered, changed, removed), anew, "- registered, 3 removed, 2 changed, 1 registered, incomplete"},
		"removed again after all, late":   {records(restored, edited), then(edited, 6, membership.Removed), "- removed, 2 foreign, 1 foreign, incomplete"},
		"a foreign edit":                  {records(restored, edited), edited, "2 foreign, 1 foreign, complete"},
		"a foreign edit, late":            {records(registered, changed), with(changed, func(r *membership.Record) { r.Scope = 1 }), "2 changed, 1 registered, incomplete"},
		"a foreign edit of a mark, late":  {records(registered), with(registered, func(r *membership.Record) { r.Mark = "x" }), "- registered, 1 registered, incomplete"},
		"a foreign return to old, late":   {records(registered, changed), registered, "2 changed, 1 registered, incomplete"},
		"a foreign edit of other members": {records(registered), with(registered, func(r *membership.Record) { r.RequestID = "x" }), "1 registered, complete"},

		"unreadable":                   {records(registered, unreadable), unreadable, "2 foreign unreadable, 1 registered, complete"},
		"unreadable, late":             {records(registered), unreadable, "1 registered, incomplete"},
		"unreadable from the start":    {records(unreadable), unreadable, "1 foreign unreadable, complete"},
		"unreadable, nothing recorded": {nil, unreadable, "incomplete"},
		"gone since it was unreadable": {records(registered, unreadable), nil, "2 foreign unreadable, 1 registered, incomplete"},
		"made readable, late":          {records(registered, unreadable), changed, "- changed, 2 foreign unreadable, 1 registered, incomplete"},
		"put back, late":               {records(registered, changed, nil), changed, "3 erased, 2 changed, 1 registered, incomplete"},
		"made readable, and changed":   {records(unreadable, registered, changed), changed, "3 changed, 2 foreign unreadable, 1 foreign unreadable, complete"},
		"removed after that, late":     {records(registered, unreadable, changed), removed, "- removed, 3 foreign unreadable, 2 foreign unreadable, 1 registered, incomplete"},
		"made readable":                {records(registered, unreadable, changed), changed, "3 foreign unreadable, 2 foreign unreadable, 1 registered, complete"},
		"gone, and recorded":           {records(registered, unreadable, nil), nil, "3 erased unreadable, 2 foreign unreadable, 1 registered, complete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := read(t, recorded(t, c.recorded...), &memberships{records: records(c.now)})
			if got := pageSummary(page); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if page.Number != 1 || page.Size != 50 || page.Entries == nil {
				t.Errorf("got the page %d of %d, %v", page.Number, page.Size, page.Entries)
			}
		})
	}
}

// TestLostChanges: lost changes are a gap, and the page is complete, since they
// will never come.
func TestLostChanges(t *testing.T) {
	t.Parallel()
	log := recorded(t, registered)
	record(t, log, 9, removed, restored)
	page := read(t, log, &memberships{records: []*membership.Record{restored}})
	if got, want := pageSummary(page), "2 restored after a gap, 1 registered, complete"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTheNewestChangeWithoutAnEntry compares it with its later entry, but for the
// parts that only the stream has.
func TestTheNewestChangeWithoutAnEntry(t *testing.T) {
	t.Parallel()
	records := []*membership.Record{registered, changed, removed, restored}
	for n, now := range records {
		late := read(t, recorded(t, records[:n]...), &memberships{records: []*membership.Record{now}}).Entries[0]
		want := read(t, recorded(t, records[:n+1]...), &memberships{records: []*membership.Record{now}}).Entries[0]
		want.Pair, want.Sequence, want.Before, want.EventID, want.Latest = "", 0, nil, "", time.Time{}
		if !reflect.DeepEqual(late, want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", want.Type, late, want)
		}
	}
}

// growing is a log with other entries at each read.
type growing struct {
	logs  []*historytest.Memory
	reads int
}

func (g *growing) List(ctx context.Context, pair history.Pair, below int64, size int) ([]history.Entry, error) {
	log := g.logs[min(g.reads, len(g.logs)-1)]
	g.reads++
	return log.List(ctx, pair, below, size)
}

// TestChangesWhileItIsRead makes changes between the reads of the membership and of
// the log.
func TestChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	records := func(all ...*membership.Record) []*membership.Record { return all }
	one, two, three := records(registered), records(registered, changed), records(registered, changed, removed)
	for name, c := range map[string]struct {
		now  []*membership.Record
		logs [][]*membership.Record
		want string
		// reads are those of the membership.
		reads int
	}{
		"none":                       {records(registered), [][]*membership.Record{one}, "1 registered, complete", 1},
		"one with its entry":         {records(registered, changed), [][]*membership.Record{two}, "2 changed, 1 registered, complete", 2},
		"one without an entry":       {records(registered, changed), [][]*membership.Record{one}, "1 registered, complete", 1},
		"the entry comes afterwards": {records(changed), [][]*membership.Record{one, two}, "- changed, 1 registered, incomplete", 2},
		"another change, and both entries afterwards": {
			records(changed, removed), [][]*membership.Record{one, three}, "3 removed, 2 changed, 1 registered, complete", 2,
		},
		"the first registration": {records(nil, registered), [][]*membership.Record{one}, "1 registered, complete", 2},
		"it goes, and is erased": {records(registered, nil), [][]*membership.Record{records(registered, nil)}, "2 erased, 1 registered, complete", 2},
		"it becomes unreadable":  {records(registered, unreadable), [][]*membership.Record{records(registered, unreadable)}, "2 foreign unreadable, 1 registered, complete", 2},
		"changes without an end": {records(changed, removed, restored, edited), [][]*membership.Record{one}, "- restored, 1 registered, incomplete", 4},
		"changes up to the last read, and then all entries": {
			records(changed, removed, restored, edited),
			[][]*membership.Record{one, one, records(registered, changed, removed, restored, edited)},
			"5 foreign, 4 restored, 3 removed, 2 changed, 1 registered, complete", 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log growing
			for _, records := range c.logs {
				log.logs = append(log.logs, recorded(t, records...))
			}
			m := memberships{records: c.now}
			if got := pageSummary(read(t, &log, &m)); got != c.want || m.reads != c.reads {
				t.Errorf("got %s after %d reads, want %s after %d", got, m.reads, c.want, c.reads)
			}
		})
	}
}

// scanty is a log that returns one entry at a time, whatever the size.
type scanty struct{ history.Lister }

func (s scanty) List(ctx context.Context, pair history.Pair, below int64, _ int) ([]history.Entry, error) {
	return s.Lister.List(ctx, pair, below, 1)
}

func TestEachPageLeadsToTheNext(t *testing.T) {
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
		"of a log that returns less": {func(l history.Lister) history.Lister { return scanty{l} }, "3", restored, []string{
			"4 restored, more, complete", "3 removed, more, complete", "2 changed, more, complete", "1 registered, complete",
		}},
		"of a log that returns less, and one more": {func(l history.Lister) history.Lister { return scanty{l} }, "3", anew, []string{
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
				page := read(t, log, &memberships{records: []*membership.Record{c.now}}, parameters...)
				if got := pageSummary(page); got != want || page.Number != int64(i+1) || fmt.Sprint(page.Size) != c.size {
					t.Fatalf("page %d of %d is %d: %s, want %s", i+1, page.Size, page.Number, got, want)
				}
				parameters = []string{"pageSize", c.size, "cursor", page.Next}
			}
		})
	}
}

// TestPagesOfAHistoryThatGrows: a new entry does not move the later pages. Each page
// says whether the whole history is complete.
func TestPagesOfAHistoryThatGrows(t *testing.T) {
	t.Parallel()
	log := recorded(t, registered, changed, removed)
	page := read(t, log, &memberships{records: []*membership.Record{removed}}, "pageSize", "1")
	record(t, log, 3, removed, restored)
	for _, now := range []*membership.Record{restored, edited} {
		second := read(t, log, &memberships{records: []*membership.Record{now}}, "pageSize", "1", "cursor", page.Next)
		want := "2 changed, more, complete"
		if now == edited {
			want = "2 changed, more, incomplete"
		}
		if got := pageSummary(second); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// failing fails after a number of reads.
type failing struct {
	history.Lister
	membership.Getter

	after, reads int
}

func (f *failing) fail() error {
	if f.reads++; f.reads > f.after {
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

// TestEveryReadMayFail: the result is a whole page or an error.
func TestEveryReadMayFail(t *testing.T) {
	t.Parallel()
	var table membershiptest.Memory
	if err := table.Put(t.Context(), *restored); err != nil {
		t.Fatal(err)
	}
	for page, reads := range map[int64]int{1: 3, 2: 4} {
		for after := range reads + 1 {
			f := &failing{Lister: recorded(t, registered, changed), Getter: &table, after: after}
			q := membership.HistoryQuery{Key: key, PageSize: 1, Page: page, Below: 2}
			got, err := (&history.ReadService{Log: f, Memberships: f}).Page(t.Context(), q)
			switch {
			case after < reads && (!errors.Is(err, membership.ErrUnavailable) || len(got.Entries) > 0):
				t.Errorf("page %d, read %d fails: %v, %v, want an error alone", page, after+1, got, err)
			case after == reads && err != nil:
				t.Errorf("page %d: %v", page, err)
			}
		}
	}
}

func TestPageAsJSON(t *testing.T) {
	t.Parallel()
	for want, page := range map[string]history.Page{
		`{"data":[],"totalCount":null,"pagination":{"page":1,"pageSize":50,"next":null},"complete":true}`: read(t, recorded(t), &memberships{records: []*membership.Record{nil}}),
		`{"data":[{"sequence":2,"type":"foreign","at":"2024-12-09T14:24:00.000Z","by":null,"requestId":null,"etag":null,"before":{"userId":7,"organizationId":1,"scope":1,"permissions":{"group":0,"read":[1],"manage":[]},"deletedAt":null,"updatedAt":"2024-12-09T14:24:00.000Z","createdAt":"2024-12-09T14:24:00.000Z"},"after":null,"unreadable":true}],` +
			`"totalCount":null,"pagination":{"page":1,"pageSize":1,"next":"MSBoaXN0b3J5IDcgMSAyIDI"},"complete":true}`: read(t, recorded(t, registered, unreadable), &memberships{records: []*membership.Record{unreadable}}, "pageSize", "1"),
	} {
		if got, err := json.Marshal(page); err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}
