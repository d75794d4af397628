package membership_test

import (
	"context"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"users-organizations/pkg/membership"
)

// endless is a store in which another page follows each page of a list.
type endless struct {
	membership.Reader

	// asked has the limit of each Count.
	asked []int
	n     int
	err   error
}

func (s *endless) List(_ context.Context, l membership.List, _ int64, size int) ([]membership.Record, *int64, error) {
	return make([]membership.Record, size), new(l.ID + 1), nil
}

func (s *endless) Count(_ context.Context, _ membership.List, most int) (int, bool, error) {
	s.asked = append(s.asked, most)
	return s.n, s.n <= most, s.err
}

func query(pairs ...string) map[string][]string {
	q := map[string][]string{}
	for pair := range slices.Chunk(pairs, 2) {
		q[pair[0]] = append(q[pair[0]], pair[1])
	}
	return q
}

// cursor is the next of the first page of a list.
func cursor(t *testing.T, side membership.Side, id string, pairs ...string) string {
	t.Helper()
	q, err := side.ParseList(membership.ReadRequest{UserID: id, OrganizationID: id, Query: query(pairs...)})
	if err != nil {
		t.Fatal(err)
	}
	page, err := (&membership.ReadService{Store: &endless{}}).List(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page.Next
}

func TestParseList(t *testing.T) {
	t.Parallel()
	first := membership.ListQuery{
		Side: membership.OfUser, ID: 7, Deleted: membership.ExcludeDeleted,
		PageSize: 50, Page: 1, After: membership.MinInteger - 1,
	}
	for name, c := range map[string]struct {
		query map[string][]string
		want  func(*membership.ListQuery)
	}{
		"none":        {nil, func(*membership.ListQuery) {}},
		"the default": {query("pageSize", "50", "deleted", "exclude", "count", "false"), func(*membership.ListQuery) {}},
		"all": {query("pageSize", "100", "deleted", "only", "scope", "2", "count", "true"), func(q *membership.ListQuery) {
			q.PageSize, q.Deleted, q.Scope, q.Count = 100, membership.OnlyDeleted, 2, true
		}},
		"the least": {query("pageSize", "1", "deleted", "include", "scope", "1"), func(q *membership.ListQuery) {
			q.PageSize, q.Deleted, q.Scope = 1, membership.IncludeDeleted, 1
		}},
		"a cursor": {query("cursor", cursor(t, membership.OfUser, "7")), func(q *membership.ListQuery) {
			q.Page, q.After = 2, 8
		}},
		"a cursor, and another page size": {query("cursor", cursor(t, membership.OfUser, "7", "pageSize", "3"), "pageSize", "9", "count", "true"), func(q *membership.ListQuery) {
			q.Page, q.After, q.PageSize, q.Count = 2, 8, 9, true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := first
			c.want(&want)
			got, err := membership.OfUser.ParseList(membership.ReadRequest{UserID: "7", Query: c.query})
			if err != nil || got != want {
				t.Errorf("ParseList = %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestInvalidListRequests(t *testing.T) {
	t.Parallel()
	next := cursor(t, membership.OfUser, "7")
	raw, err := base64.RawURLEncoding.DecodeString(next)
	if err != nil {
		t.Fatal(err)
	}
	forged := func(words, others string) string {
		text := strings.Replace(string(raw), words, others, 1)
		if text == string(raw) {
			t.Fatalf("%q has no %q", raw, words)
		}
		return base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	const malformed = "query cursor: malformed"
	for name, c := range map[string]struct {
		query map[string][]string
		want  string
	}{
		"pageSize 0":         {query("pageSize", "0"), "query pageSize: out-of-range"},
		"pageSize 101":       {query("pageSize", "101"), "query pageSize: out-of-range"},
		"pageSize -1":        {query("pageSize", "-1"), "query pageSize: out-of-range"},
		"pageSize 2^64":      {query("pageSize", "18446744073709551616"), "query pageSize: out-of-range"},
		"pageSize 1.0":       {query("pageSize", "1.0"), "query pageSize: malformed"},
		"pageSize 01":        {query("pageSize", "01"), "query pageSize: malformed"},
		"pageSize +1":        {query("pageSize", "+1"), "query pageSize: malformed"},
		"pageSize empty":     {query("pageSize", ""), "query pageSize: malformed"},
		"pageSize NUL":       {query("pageSize", "1\x00"), "query pageSize: malformed"},
		"pageSize twice":     {query("pageSize", "50", "pageSize", "50"), "query pageSize: not-allowed"},
		"PageSize":           {query("PageSize", "50"), "query PageSize: unknown-parameter"},
		"deleted yes":        {query("deleted", "yes"), "query deleted: not-allowed"},
		"deleted empty":      {query("deleted", ""), "query deleted: not-allowed"},
		"deleted Only":       {query("deleted", "Only"), "query deleted: not-allowed"},
		"scope 3":            {query("scope", "3"), "query scope: not-allowed"},
		"scope 0":            {query("scope", "0"), "query scope: not-allowed"},
		"scope one":          {query("scope", "one"), "query scope: malformed"},
		"count 1":            {query("count", "1"), "query count: not-allowed"},
		"count TRUE":         {query("count", "TRUE"), "query count: not-allowed"},
		"unknown":            {query("x", "1"), "query x: unknown-parameter"},
		"unknown and twice":  {query("x", "1", "x", "2"), "query x: unknown-parameter"},
		"a name of NUL":      {query("\x00", ""), "query \x00: unknown-parameter"},
		"no name":            {query("", ""), "query : unknown-parameter"},
		"cursor empty":       {query("cursor", ""), malformed},
		"cursor cut":         {query("cursor", next[:len(next)-1]), malformed},
		"cursor cut more":    {query("cursor", next[:8]), malformed},
		"cursor longer":      {query("cursor", next+"A"), malformed},
		"cursor padded":      {query("cursor", next+"="), malformed},
		"cursor with a line": {query("cursor", next+"\n"), malformed},
		"cursor of 10 KB":    {query("cursor", strings.Repeat("A", 10<<10)), malformed},
		"cursor in clear":    {query("cursor", string(raw)), malformed},
		"cursor twice":       {query("cursor", next, "cursor", next), "query cursor: not-allowed"},
		"of another user":    {query("cursor", cursor(t, membership.OfUser, "8")), malformed},
		"of another list":    {query("cursor", cursor(t, membership.OfOrganization, "7")), malformed},
		"of other deleted":   {query("cursor", cursor(t, membership.OfUser, "7", "deleted", "include")), malformed},
		"of another scope":   {query("cursor", cursor(t, membership.OfUser, "7", "scope", "1")), malformed},
		"for other filters":  {query("cursor", next, "scope", "2"), malformed},
		"another version":    {query("cursor", forged("1 user", "2 user")), malformed},
		"the first page":     {query("cursor", forged(" 2 8", " 1 8")), malformed},
		"page -2":            {query("cursor", forged(" 2 8", " -2 8")), malformed},
		"page 02":            {query("cursor", forged(" 2 8", " 02 8")), malformed},
		"an id too large":    {query("cursor", forged(" 2 8", " 2 9007199254740992")), malformed},
		"two spaces":         {query("cursor", forged(" 2 8", " 2  8")), malformed},
		"everything": {
			query("cursor", "", "pageSize", "x", "deleted", "x", "scope", "x", "count", "x", "b", "", "a", ""),
			"query deleted: not-allowed, query scope: malformed, query pageSize: malformed, query count: not-allowed, " +
				malformed + ", query a: unknown-parameter, query b: unknown-parameter",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := membership.OfUser.ParseList(membership.ReadRequest{UserID: "7", Query: c.query})
			if verdict(err) != c.want {
				t.Errorf("ParseList: %s, want %s", verdict(err), c.want)
			}
		})
	}
	for side, want := range map[membership.Side]string{membership.OfUser: "userId", membership.OfOrganization: "organizationId"} {
		_, err := side.ParseList(membership.ReadRequest{UserID: "07", OrganizationID: "07", Query: query("x", "1")})
		if want := "path " + want + ": malformed, query x: unknown-parameter"; verdict(err) != want {
			t.Errorf("ParseList: %s, want %s", verdict(err), want)
		}
	}
}

func TestEachCursorLeadsToTheNextPage(t *testing.T) {
	t.Parallel()
	request := membership.ReadRequest{OrganizationID: "-9007199254740991", Query: query("deleted", "only", "scope", "1")}
	for number := int64(1); number < 20; number++ {
		q, err := membership.OfOrganization.ParseList(request)
		if err != nil {
			t.Fatal(err)
		}
		page, err := (&membership.ReadService{Store: &endless{}}).List(t.Context(), q)
		if err != nil || page.Number != number || q.Page != number {
			t.Fatalf("page %d: %+v, %v", number, q, err)
		}
		request.Query["cursor"] = []string{page.Next}
	}
}

func TestParseGet(t *testing.T) {
	t.Parallel()
	key := membership.Key{UserID: 1, OrganizationID: -2}
	for name, c := range map[string]struct {
		query map[string][]string
		want  membership.GetQuery
		wrong string
	}{
		"nothing":       {nil, membership.GetQuery{Key: key}, "<nil>"},
		"excluded":      {query("deleted", "exclude"), membership.GetQuery{Key: key}, "<nil>"},
		"included":      {query("deleted", "include"), membership.GetQuery{Key: key, Deleted: true}, "<nil>"},
		"only":          {query("deleted", "only"), membership.GetQuery{}, "query deleted: not-allowed"},
		"twice":         {query("deleted", "include", "deleted", "include"), membership.GetQuery{}, "query deleted: not-allowed"},
		"another case":  {query("Deleted", "include"), membership.GetQuery{}, "query Deleted: unknown-parameter"},
		"of a list":     {query("pageSize", "50", "cursor", ""), membership.GetQuery{}, "query cursor: unknown-parameter, query pageSize: unknown-parameter"},
		"no value left": {map[string][]string{"deleted": {}}, membership.GetQuery{}, "query deleted: not-allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := membership.ParseGet(membership.ReadRequest{UserID: "1", OrganizationID: "-2", Query: c.query})
			if (err == nil && got != c.want) || verdict(err) != c.wrong {
				t.Errorf("ParseGet = %+v, %s, want %+v, %s", got, verdict(err), c.want, c.wrong)
			}
		})
	}
	_, err := membership.ParseGet(membership.ReadRequest{UserID: "01", OrganizationID: "x", Query: query("deleted", "x")})
	if want := "path userId: malformed, path organizationId: malformed, query deleted: not-allowed"; verdict(err) != want {
		t.Errorf("ParseGet: %s, want %s", verdict(err), want)
	}
}

func TestParseListDoesNotChangeTheQuery(t *testing.T) {
	t.Parallel()
	q := query("pageSize", "7", "deleted", "only")
	if _, err := membership.OfUser.ParseList(membership.ReadRequest{UserID: "7", Query: q}); err != nil {
		t.Fatal(err)
	}
	if want := query("pageSize", "7", "deleted", "only"); !reflect.DeepEqual(q, want) {
		t.Errorf("the query became %v, was %v", q, want)
	}
}

// TestTotal counts on request, up to a limit, and returns the page without a total
// where there is no time to count.
func TestTotal(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such index")
	for name, c := range map[string]struct {
		side  membership.Side
		count bool
		store endless
		total *int
		most  []int
		err   error
	}{
		"not asked for":     {membership.OfUser, false, endless{n: 60}, nil, nil, nil},
		"of a user":         {membership.OfUser, true, endless{n: 1000}, new(1000), []int{1000}, nil},
		"of a user, more":   {membership.OfUser, true, endless{n: 1001}, nil, []int{1000}, nil},
		"of organization":   {membership.OfOrganization, true, endless{n: 10000}, new(10000), []int{10000}, nil},
		"of one, more":      {membership.OfOrganization, true, endless{n: 10001}, nil, []int{10000}, nil},
		"no time to count":  {membership.OfUser, true, endless{err: membership.ErrUnavailable}, nil, []int{1000}, nil},
		"a permanent error": {membership.OfUser, true, endless{err: broken}, nil, []int{1000}, broken},
		"an empty list":     {membership.OfUser, true, endless{n: 0}, new(0), []int{1000}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := membership.ListQuery{Side: c.side, ID: 7, PageSize: 2, Page: 1, Count: c.count}
			page, err := (&membership.ReadService{Store: &c.store}).List(t.Context(), q)
			if !errors.Is(err, c.err) || !reflect.DeepEqual(page.Total, c.total) {
				t.Errorf("the total is %v, %v, want %v, %v", page.Total, err, c.total, c.err)
			}
			if !reflect.DeepEqual(c.store.asked, c.most) {
				t.Errorf("counted up to %v, want %v", c.store.asked, c.most)
			}
		})
	}
}
