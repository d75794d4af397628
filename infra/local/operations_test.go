package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"users-organizations/pkg/openapi"
)

// client is a signed-in caller of a running system.
type client struct {
	s      *system
	header http.Header
}

// as gives a client with new tokens. The arguments are those of make token.
func (s *system) as(t *testing.T, arguments ...string) client {
	t.Helper()
	c := client{s, http.Header{}}
	for name, value := range s.tokens(t, arguments...) {
		c.header.Set(name, value)
	}
	return c
}

// ask sends a request for an operation. The ids are those of its path; more has the
// ETag for If-Match, and then the body.
func (c client) ask(t *testing.T, operation, query string, ids []any, more ...string) response {
	t.Helper()
	o := openapi.Named(operation)
	r := request{method: o.Method, path: o.PathOf(ids...), header: c.header.Clone()}
	if query != "" {
		r.path += "?" + query
	}
	if len(more) > 0 && more[0] != "" {
		r.header.Set("If-Match", more[0])
	}
	if len(more) > 1 {
		r.body = more[1]
		r.header.Set("Content-Type", "application/json")
	}
	return c.s.send(t, r)
}

// list is a page as a client reads it.
type list struct {
	Data []struct {
		UserID, OrganizationID int64
		DeletedAt              *string
		ETag                   string
	}
	TotalCount *int
	Pagination struct {
		Page, PageSize int
		Next           *string
	}
}

// pages reads a list to its end by pagination.next.
func (c client) pages(t *testing.T, operation, query string, id int64) (ids []int64, totals []*int) {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	for number := 1; ; number++ {
		a := c.ask(t, operation, values.Encode(), []any{id})
		var page list
		if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.status != 200 || page.Pagination.Page != number {
			t.Fatalf("page %d: %d %.300s, %v", number, a.status, a.body, err)
		}
		for _, row := range page.Data {
			other := row.UserID
			if row.UserID == id && operation == "listUserOrganizations" {
				other = row.OrganizationID
			}
			ids = append(ids, other)
		}
		totals = append(totals, page.TotalCount)
		link := a.header.Get("Link")
		if page.Pagination.Next == nil {
			if link != "" {
				t.Errorf("the last page has the link %s", link)
			}
			return ids, totals
		}
		values.Set("cursor", *page.Pagination.Next)
		if want := "<?" + values.Encode() + `>; rel="next"`; link != want {
			t.Errorf("the link is %s, want %s", link, want)
		}
	}
}

// TestLists registers 250 users in one organization, and one user in 250
// organizations, and reads both lists to their ends.
func TestLists(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	c := s.as(t)
	const many, owner, gone = 250, int64(77_000_001), int64(125)
	key := func(operation string, other int64) []any {
		if operation == "listUserOrganizations" {
			return []any{owner, other}
		}
		return []any{other, owner}
	}
	var wanted []int64
	for id := range int64(many) {
		wanted = append(wanted, id)
	}
	for _, operation := range []string{"listOrganizationUsers", "listUserOrganizations"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			var wg sync.WaitGroup
			for worker := range int64(5) {
				wg.Go(func() {
					for id := worker; id < many; id += 5 {
						if a := c.ask(t, "registerUserOrganization", "", key(operation, id), "", order); a.status != 201 {
							t.Errorf("%d: %d %s", id, a.status, a.body)
						}
					}
				})
			}
			wg.Wait()
			ids, totals := c.pages(t, operation, "pageSize=100&count=true", owner)
			if !slices.Equal(ids, wanted) || len(totals) != 3 {
				t.Errorf("%d pages list %v, want 3 with 0 to 249", len(totals), ids)
			}
			for i, total := range totals {
				if total == nil || *total != many {
					t.Errorf("page %d has the total %v, want %d", i+1, total, many)
				}
			}

			if a := c.ask(t, "removeUserOrganization", "", key(operation, gone), "*"); a.status != 200 {
				t.Fatalf("remove: %d %s", a.status, a.body)
			}
			rest := slices.DeleteFunc(slices.Clone(wanted), func(id int64) bool { return id == gone })
			for query, want := range map[string][]int64{
				"pageSize=100":                rest,
				"pageSize=77&deleted=include": wanted,
				"deleted=only":                {gone},
				"pageSize=100&scope=1":        rest,
				"scope=2":                     nil,
			} {
				if got, _ := c.pages(t, operation, query, owner); !slices.Equal(got, want) {
					t.Errorf("%s lists %v, want %v", query, got, want)
				}
			}
		})
	}
}

// TestChangesThroughTheGateway makes every change of one membership that callers can
// make.
func TestChangesThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	c, other := s.as(t), s.as(t, "-user", "2")
	pair := []any{int64(77_000_002), int64(1)}
	change := func(c client, etag, body string) response {
		return c.ask(t, "changeUserOrganization", "", pair, etag, body)
	}
	expect := func(name string, a response, status int) string {
		t.Helper()
		if a.status != status {
			t.Fatalf("%s: %d %s, want %d", name, a.status, a.body, status)
		}
		return a.header.Get("ETag")
	}
	registered := expect("register", c.ask(t, "registerUserOrganization", "", pair, "", order), 201)
	if got := expect("get", c.ask(t, "getUserOrganization", "", pair), 200); got != registered || got == "" {
		t.Fatalf("get has the ETag %s, want %s", got, registered)
	}
	expect("change without If-Match", change(c, "", `{"scope":2}`), 428)
	changed := expect("change", change(c, registered, `{"scope":2}`), 200)
	again := change(c, registered, `{"scope":2}`)
	if etag := expect("change again", again, 200); etag != changed || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the client's own retry has the ETag %s and %v", etag, again.header)
	}
	if etag := expect("change of another", change(other, registered, `{"scope":2}`), 412); etag != changed {
		t.Errorf("412 has the ETag %s, want %s", etag, changed)
	}
	removed := expect("remove", c.ask(t, "removeUserOrganization", "", pair, changed), 200)
	expect("remove by another", other.ask(t, "removeUserOrganization", "", pair, registered), 200)
	expect("get what is removed", c.ask(t, "getUserOrganization", "", pair), 404)
	if etag := expect("get with removed ones", c.ask(t, "getUserOrganization", "deleted=include", pair), 200); etag != removed {
		t.Errorf("the removed one has the ETag %s, want %s", etag, removed)
	}
	expect("change what is removed", change(c, removed, `{"scope":1}`), 404)
	expect("a stale restoration", c.ask(t, "restoreUserOrganization", "", pair, changed), 412)
	restored := expect("restore", c.ask(t, "restoreUserOrganization", "", pair, removed), 200)
	expect("restore what is active", other.ask(t, "restoreUserOrganization", "", pair, restored), 200)
	if a := c.ask(t, "registerUserOrganization", "", pair, "", order); a.status != 409 || a.object(t)["etag"] != restored {
		t.Errorf("register: %d %s, want 409 with the ETag %s", a.status, a.body, restored)
	}
}

// TestOneOfManyChanges: of 2, and then of 100 changes at once with the same revision,
// one succeeds.
func TestOneOfManyChanges(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	callers := []client{s.as(t), s.as(t, "-user", "2")}
	pair := []any{int64(77_000_003), int64(1)}
	etag := callers[0].ask(t, "registerUserOrganization", "", pair, "", order).header.Get("ETag")
	for _, size := range []int{2, 100} {
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := map[int]int{}
		next := ""
		for i := range size {
			wg.Go(func() {
				a := callers[i%2].ask(t, "changeUserOrganization", "", pair, etag, fmt.Sprintf(`{"permissions":{"group":%d}}`, i))
				mu.Lock()
				defer mu.Unlock()
				if seen[a.status]++; a.status == 200 {
					next = a.header.Get("ETag")
				}
			})
		}
		wg.Wait()
		if seen[200] != 1 || seen[412] != size-1 {
			t.Errorf("%d at once: %v, want one 200 and the rest 412", size, seen)
		}
		etag = next
	}
}

// TestScopesThroughTheGateway: each operation needs one of its scopes, whether the
// policy is new or cached for another call with the same tokens.
func TestScopesThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	for _, verb := range []string{"read", "write", "delete", "history"} {
		for _, cached := range []bool{false, true} {
			for n, o := range openapi.Operations() {
				ids := []any{int64(77_100_000 + n), int64(1)}[:len(o.Parameters())]
				c := s.as(t, "-scope", "users-organizations:"+verb, "-session", fmt.Sprint(verb, cached, n))
				if cached {
					// Any scope allows a GET, so this makes a policy.
					c.ask(t, "getUserOrganization", "", []any{int64(1), int64(1)})
				}
				a := c.ask(t, o.ID, "", ids, `"00000000000000000000000000000000"`, "")
				allowed := slices.Contains(o.Scopes, verb)
				if refused := a.status == 403; refused == allowed || a.status == 401 {
					t.Errorf("%s with only %s, cached %v: %d %s", o.ID, verb, cached, a.status, a.body)
				}
			}
		}
	}
}
