package membership_test

import (
	"encoding/base64"
	"reflect"
	"testing"

	"users-organizations/pkg/membership"
)

func TestParseHistory(t *testing.T) {
	t.Parallel()
	first := membership.HistoryQuery{
		UserID: 7, OrganizationID: -1, PageSize: 50, Page: 1, Below: membership.MaxInteger,
	}
	next := first.Next(12)
	for name, c := range map[string]struct {
		query map[string][]string
		want  func(*membership.HistoryQuery)
	}{
		"none":                            {nil, func(*membership.HistoryQuery) {}},
		"the default":                     {query("pageSize", "50"), func(*membership.HistoryQuery) {}},
		"the least":                       {query("pageSize", "1"), func(q *membership.HistoryQuery) { q.PageSize = 1 }},
		"the most":                        {query("pageSize", "100"), func(q *membership.HistoryQuery) { q.PageSize = 100 }},
		"a cursor":                        {query("cursor", next), func(q *membership.HistoryQuery) { q.Page, q.Below = 2, 12 }},
		"a cursor, and another page size": {query("cursor", next, "pageSize", "9"), func(q *membership.HistoryQuery) { q.Page, q.Below, q.PageSize = 2, 12, 9 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := first
			c.want(&want)
			got, err := membership.ParseHistory(membership.ReadRequest{UserID: "7", OrganizationID: "-1", Query: c.query})
			if err != nil || got != want {
				t.Errorf("ParseHistory = %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestInvalidHistoryRequests(t *testing.T) {
	t.Parallel()
	of := func(user, organization int64) string {
		return membership.HistoryQuery{UserID: user, OrganizationID: organization, Page: 1}.Next(12)
	}
	next := of(7, 1)
	raw, err := base64.RawURLEncoding.DecodeString(next)
	if err != nil || string(raw) != "1 history 7 1 2 12" {
		t.Fatalf("the cursor is %q, %v", raw, err)
	}
	forged := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	const malformed = "query cursor: malformed"
	for name, c := range map[string]struct {
		query map[string][]string
		want  string
	}{
		"pageSize 0":         {query("pageSize", "0"), "query pageSize: out-of-range"},
		"pageSize 101":       {query("pageSize", "101"), "query pageSize: out-of-range"},
		"pageSize 1.0":       {query("pageSize", "1.0"), "query pageSize: malformed"},
		"pageSize empty":     {query("pageSize", ""), "query pageSize: malformed"},
		"pageSize twice":     {query("pageSize", "5", "pageSize", "5"), "query pageSize: not-allowed"},
		"of a list":          {query("deleted", "include", "scope", "1", "count", "true"), "query count: unknown-parameter, query deleted: unknown-parameter, query scope: unknown-parameter"},
		"PageSize":           {query("PageSize", "50"), "query PageSize: unknown-parameter"},
		"cursor empty":       {query("cursor", ""), malformed},
		"cursor cut":         {query("cursor", next[:8]), malformed},
		"cursor padded":      {query("cursor", next+"="), malformed},
		"cursor in clear":    {query("cursor", string(raw)), malformed},
		"cursor twice":       {query("cursor", next, "cursor", next), "query cursor: not-allowed"},
		"of another user":    {query("cursor", of(8, 1)), malformed},
		"of another pair":    {query("cursor", of(7, 11)), malformed},
		"of the ids swapped": {query("cursor", of(1, 7)), malformed},
		"of the user":        {query("cursor", cursor(t, membership.OfUser, "7")), malformed},
		"of the first page":  {query("cursor", forged("1 history 7 1 1 12")), malformed},
		"another version":    {query("cursor", forged("2 history 7 1 2 12")), malformed},
		"a fraction":         {query("cursor", forged("1 history 7 1 2 12.5")), malformed},
		"too large":          {query("cursor", forged("1 history 7 1 2 9007199254740992")), malformed},
		"everything": {
			query("cursor", "", "pageSize", "x", "b", "", "a", ""),
			"query pageSize: malformed, " + malformed + ", query a: unknown-parameter, query b: unknown-parameter",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := membership.ParseHistory(membership.ReadRequest{UserID: "7", OrganizationID: "1", Query: c.query})
			if verdict(err) != c.want {
				t.Errorf("ParseHistory: %s, want %s", verdict(err), c.want)
			}
		})
	}
	_, err = membership.ParseHistory(membership.ReadRequest{UserID: "01", OrganizationID: "9007199254740992", Query: query("x", "1")})
	if want := "path userId: malformed, path organizationId: out-of-range, query x: unknown-parameter"; verdict(err) != want {
		t.Errorf("ParseHistory: %s, want %s", verdict(err), want)
	}
}

func TestAListRefusesTheCursorOfAHistory(t *testing.T) {
	t.Parallel()
	next := membership.HistoryQuery{UserID: 7, OrganizationID: 1, Page: 1}.Next(12)
	_, err := membership.OfUser.ParseList(membership.ReadRequest{UserID: "7", Query: query("cursor", next)})
	if want := "query cursor: malformed"; verdict(err) != want {
		t.Errorf("ParseList: %s, want %s", verdict(err), want)
	}
}

func TestParseHistoryDoesNotChangeTheQuery(t *testing.T) {
	t.Parallel()
	q := query("pageSize", "7")
	if _, err := membership.ParseHistory(membership.ReadRequest{UserID: "7", OrganizationID: "1", Query: q}); err != nil {
		t.Fatal(err)
	}
	if want := query("pageSize", "7"); !reflect.DeepEqual(q, want) {
		t.Errorf("the query became %v, was %v", q, want)
	}
}

func TestTheLongestCursorIsRead(t *testing.T) {
	t.Parallel()
	q := membership.HistoryQuery{
		UserID: membership.MinInteger, OrganizationID: membership.MinInteger, Page: membership.MaxInteger - 1,
	}
	got, err := membership.ParseHistory(membership.ReadRequest{
		UserID: "-9007199254740991", OrganizationID: "-9007199254740991", Query: query("cursor", q.Next(membership.MaxInteger)),
	})
	if err != nil || got.Page != membership.MaxInteger || got.Below != membership.MaxInteger {
		t.Errorf("ParseHistory = %+v, %v", got, err)
	}
}
