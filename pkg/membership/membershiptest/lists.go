package membershiptest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"users-organizations/pkg/membership"
)

var sides = []membership.Side{membership.OfUser, membership.OfOrganization}

// keyOf is the key of the membership in l with that other id.
func keyOf(l membership.List, other int64) membership.Key {
	if l.Side == membership.OfUser {
		return membership.Key{UserID: l.ID, OrganizationID: other}
	}
	return membership.Key{UserID: other, OrganizationID: l.ID}
}

// listOf is a list of a new user or organization.
func listOf(side membership.Side) membership.List {
	return membership.List{Side: side, ID: wanted().UserID, Deleted: membership.ExcludeDeleted}
}

func (s suite) put(t *testing.T, key membership.Key, scope int64, isDeleted bool) membership.Record {
	t.Helper()
	r := record(membership.Registration{Key: key, Scope: scope, Permissions: membership.Permissions{Read: []int64{}, Manage: []int64{1}}})
	if isDeleted {
		r.DeletedAt = r.CreatedAt.Add(time.Hour)
	}
	if err := s.table.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// all reads a list to its end.
func (s suite) all(t *testing.T, q membership.ListQuery) (rows []membership.Row, pages []membership.Page) {
	t.Helper()
	for {
		page, err := s.reads.List(t.Context(), q)
		if err != nil {
			t.Fatalf("List(%+v): %v", q, err)
		}
		if len(page.Rows) > q.PageSize || page.Size != q.PageSize || page.Number != q.Page {
			t.Fatalf("page %d of %d has %d rows for %+v", page.Number, page.Size, len(page.Rows), q)
		}
		rows, pages = append(rows, page.Rows...), append(pages, page)
		if page.Next == "" {
			return rows, pages
		}
		q = s.next(t, q, page)
	}
}

// next is the query for the next page, parsed as from a caller.
func (s suite) next(t *testing.T, q membership.ListQuery, page membership.Page) membership.ListQuery {
	t.Helper()
	values := map[string][]string{
		"cursor": {page.Next}, "pageSize": {fmt.Sprint(q.PageSize)}, "deleted": {string(q.Deleted)}, "count": {fmt.Sprint(q.Count)},
	}
	if q.Scope != 0 {
		values["scope"] = []string{fmt.Sprint(q.Scope)}
	}
	id := fmt.Sprint(q.ID)
	next, err := q.Side.ParseList(membership.ReadRequest{UserID: id, OrganizationID: id, Query: values})
	if err != nil {
		t.Fatalf("the cursor of page %d: %v", page.Number, err)
	}
	return next
}

func firstPage(l membership.List, size int) membership.ListQuery {
	return membership.ListQuery{List: l, PageSize: size, Page: 1, After: membership.MinInteger - 1}
}

// lists pages through a list of 25 with every filter and page size.
func (s suite) lists(t *testing.T) {
	t.Helper()
	for _, side := range sides {
		l := listOf(side)
		others := []int64{membership.MinInteger}
		for i := range int64(23) {
			others = append(others, (i-12)*1001)
		}
		var stored []membership.Record
		for i, other := range append(others, membership.MaxInteger) {
			stored = append(stored, s.put(t, keyOf(l, other), 1+int64(i%2), i%5 == 0))
		}
		s.put(t, keyOf(membership.List{Side: side, ID: l.ID + 1}, 0), 1, false) // in another list

		for _, l.Deleted = range []membership.DeletedFilter{membership.ExcludeDeleted, membership.IncludeDeleted, membership.OnlyDeleted} {
			for _, l.Scope = range []int64{0, 1, 2} {
				want := rowsOf(l, stored)
				for _, size := range []int{1, 7, len(want), 100} {
					q := firstPage(l, max(size, 1))
					q.Count = true
					rows, pages := s.all(t, q)
					if !reflect.DeepEqual(rows, want) {
						t.Errorf("%+v, %d a page: got %v, want %v", l, size, ids(l, rows), ids(l, want))
					}
					for _, page := range pages {
						if page.Total == nil || *page.Total != len(want) {
							t.Errorf("%+v, %d a page: page %d has another total than %d", l, size, page.Number, len(want))
						}
					}
				}
			}
		}
	}
}

// largest reads a page of 100 of the largest valid memberships. As a string, it
// must fit into the 6 MB of a function's response (AWS Lambda developer guide,
// "Lambda quotas"). For a user, 50 are enough to exceed the 1 MB of a Query.
func (s suite) largest(t *testing.T) {
	t.Helper()
	full := make([]int64, membership.MaxItems)
	for i := range full {
		full[i] = membership.MinInteger
	}
	for _, side := range sides {
		l, n := listOf(side), membership.MaxPageSize
		if side == membership.OfUser {
			n = 50
		}
		for i := range int64(n) {
			r := record(membership.Registration{
				Key: keyOf(l, membership.MinInteger+i), Scope: 1,
				Permissions: membership.Permissions{Group: membership.MinInteger, Read: full, Manage: full},
			})
			if err := s.table.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		rows, pages := s.all(t, firstPage(l, membership.MaxPageSize))
		if len(rows) != n {
			t.Errorf("of %s: %d rows, want %d", side, len(rows), n)
		}
		for _, page := range pages {
			body, err := json.Marshal(page)
			if err != nil {
				t.Fatal(err)
			}
			response, err := json.Marshal(string(body))
			if err != nil {
				t.Fatal(err)
			}
			if len(response) > 5_900_000 {
				t.Errorf("of %s: page %d has %d bytes, want at most 5,900,000", side, page.Number, len(response))
			}
		}
	}
}

func rowsOf(l membership.List, stored []membership.Record) []membership.Row {
	rows := []membership.Row{}
	for _, r := range stored {
		if l.Has(r.Membership) {
			rows = append(rows, membership.Row{Membership: r.Membership, Revision: r.Revision()})
		}
	}
	return rows
}

func ids(l membership.List, rows []membership.Row) []int64 {
	var all []int64
	for _, r := range rows {
		all = append(all, l.Other(r.Key))
	}
	return all
}

func (s suite) emptyLists(t *testing.T) {
	t.Helper()
	for _, side := range sides {
		page, err := s.reads.List(t.Context(), firstPage(listOf(side), 50))
		if err != nil || page.Rows == nil || len(page.Rows) != 0 || page.Next != "" || page.Total == nil || *page.Total != 0 {
			t.Errorf("of %s: %+v, %v, want an empty page with total 0", side, page, err)
		}
	}
}

func (s suite) totals(t *testing.T) {
	t.Helper()
	for _, side := range sides {
		l := listOf(side)
		for i := range int64(3) {
			s.put(t, keyOf(l, i), 1, false)
		}
		q := firstPage(l, 2)
		page, err := s.reads.List(t.Context(), q)
		if err != nil || page.Total != nil {
			t.Errorf("of %s: the total of a page that is not the last is %v, %v, want none", side, page.Total, err)
		}
		page, err = s.reads.List(t.Context(), firstPage(l, 3))
		if err != nil || page.Next != "" || page.Total == nil || *page.Total != 3 {
			t.Errorf("of %s: a page that is full and the last is %+v, %v", side, page, err)
		}
		if n, ok, err := s.table.Count(t.Context(), l, 2); err != nil || ok {
			t.Errorf("of %s: Count = %d, %v, %v, want more than 2", side, n, ok, err)
		}
		if n, ok, err := s.table.Count(t.Context(), l, 3); err != nil || !ok || n != 3 {
			t.Errorf("of %s: Count = %d, %v, %v, want 3", side, n, ok, err)
		}
	}
}

// churn registers and removes between the pages: no membership is listed twice, and
// one that is there from the first page to the last is listed once.
func (s suite) churn(t *testing.T) {
	t.Helper()
	for _, side := range sides {
		for range 5 {
			l := listOf(side)
			stays, comes := map[int64]bool{}, map[int64]bool{}
			for range 20 + rand.IntN(40) {
				id := rand.Int64N(200)
				stays[id] = true
				s.put(t, keyOf(l, id), 1+rand.Int64N(2), false)
			}
			q := firstPage(l, 1+rand.IntN(12))
			var seen []int64
			for {
				page, err := s.reads.List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				seen = append(seen, ids(l, page.Rows)...)
				if page.Next == "" {
					break
				}
				q = s.next(t, q, page)
				for range rand.IntN(6) {
					id := rand.Int64N(200)
					isDeleted := rand.IntN(2) == 0
					if stays[id] && isDeleted {
						delete(stays, id)
					}
					comes[id] = true
					s.put(t, keyOf(l, id), 1, isDeleted)
				}
			}
			if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
				t.Errorf("of %s: listed %v, want each once and in order", side, seen)
			}
			for _, id := range slices.Sorted(maps.Keys(stays)) {
				if !slices.Contains(seen, id) {
					t.Errorf("of %s: %d was there all the time, and is not among %v", side, id, seen)
				}
			}
			for _, id := range seen {
				if !stays[id] && !comes[id] {
					t.Errorf("of %s: %d was never there", side, id)
				}
			}
		}
	}
}

func (s suite) gets(t *testing.T) {
	t.Helper()
	r := s.registered(t)
	get := func(isDeleted bool) (membership.Row, error) {
		return s.reads.Get(t.Context(), membership.GetQuery{Key: r.Key, Deleted: isDeleted})
	}
	want := membership.Row{Membership: r.Membership, Revision: r.Mark}
	if got, err := get(false); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Get = %+v, %v, want %+v", got, err, want)
	}
	s.at(r, 1)
	removed, err := s.changes.Remove(t.Context(), membership.Removal{Precondition: precondition(r)}, bob)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := get(false); changeOutcome(membership.ChangeResult{}, err) != "not found" {
		t.Errorf("Get of a deleted one = %+v, %v, want ErrNotFound", got, err)
	}
	want = membership.Row{Membership: removed.Membership, Revision: removed.Revision}
	if got, err := get(true); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Get with deleted ones = %+v, %v, want %+v", got, err, want)
	}
	if got, err := s.reads.Get(t.Context(), membership.GetQuery{Key: wanted().Key, Deleted: true}); changeOutcome(membership.ChangeResult{}, err) != "not found" {
		t.Errorf("Get of an unknown pair = %+v, %v, want ErrNotFound", got, err)
	}
}
