package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// invalidQuery is a case with a read whose query is refused.
func (r *runner) invalidQuery(q request, name, query, violations string) testCase {
	return r.sequence(name+" with "+query, "400 invalid-request, "+violations, q.but(asking(query)))
}

func (r *runner) reads() []testCase {
	known := r.somebody()
	read := r.call(get, known)
	all := []testCase{
		r.sequence("a membership", "201, then 200", r.call(register, known), read),
		r.sequence("a membership, deleted or not", "200", read.but(asking("deleted=include"))),
		r.sequence("an absent membership", "404 membership-not-found", r.call(get, r.somebody())),
		r.sequence("invalid ids", "400 invalid-request, path userId: malformed, path organizationId: out-of-range",
			r.call(get, pair{"01", "9007199254740992"})),
		r.sequence("the user %31 of a membership", "400 invalid-request, path userId: malformed", r.call(get, pair{"%31", known.organization})),
		r.sequence("a membership without tokens", "401 unauthorized", read.but(header("Authorization"), header("X-Session-Token"))),
	}
	for query, violations := range inOrder(
		"deleted=only", "query deleted: not-allowed",
		"deleted=include&deleted=include", "query deleted: not-allowed",
		"deleted=", "query deleted: not-allowed",
		"Deleted=include", "query Deleted: unknown-parameter",
		"pageSize=1&x%7C=1", "query pageSize: unknown-parameter, query x|: unknown-parameter",
	) {
		all = append(all, r.invalidQuery(read, "a membership", query, violations))
	}
	return all
}

// inOrder yields the texts in pairs.
func inOrder(texts ...string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for pair := range slices.Chunk(texts, 2) {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// lists are the cases with lists of a user who is in all organizations of the
// run, in the second one with another scope.
func (r *runner) lists() []testCase {
	user := fmt.Sprint(randomID())
	var registrations []request
	for i := range int64(organizations) {
		q := r.call(register, pair{user, r.organizationID(i)})
		if i == 1 {
			q = q.but(sending(strings.Replace(valid, `"scope":1`, `"scope":2`, 1)))
		}
		registrations = append(registrations, q)
	}
	list := r.call(listOfAUser, pair{user: user})
	first, nobody := r.call(get, pair{user, r.organizationID(0)}), r.call(listOfAUser, pair{user: fmt.Sprint(randomID())})
	nextPage := func(q request) step {
		return func(before []response) request { return q.but(after(before[len(before)-1].page.next)) }
	}
	all := []testCase{
		r.sequence("a user of three organizations", "201, then 201, then 201, then 200 with 3 rows of 3", append(registrations, list)...),
		r.sequence("the list shows what get shows", "200, then 200 with 3 rows of 3", first, list),
		r.flow("a list in two pages", "200 with 2 rows, and more, then 200 with 1 rows", just(list.but(asking("pageSize=2"))), nextPage(list.but(asking("pageSize=2")))),
		r.sequence("a list that is counted", "200 with 1 rows of 3, and more", list.but(asking("pageSize=1&count=true"))),
		r.sequence("a list of one scope", "200 with 1 rows of 1", list.but(asking("scope=2"))),
		r.sequence("a list of deleted memberships", "200 with 0 rows of 0", list.but(asking("deleted=only"))),
		r.sequence("an unknown user", "200 with 0 rows of 0", nobody),
		r.sequence("an unknown organization", "200 with 0 rows of 0", r.call(listOfAnOrganization, pair{organization: fmt.Sprint(randomID())})),
		r.flow("the cursor of another user", "200 with 1 rows, and more, then 400 invalid-request, query cursor: malformed",
			just(list.but(asking("pageSize=1"))), nextPage(nobody)),
		r.flow("the cursor of other filters", "200 with 1 rows, and more, then 400 invalid-request, query cursor: malformed",
			just(list.but(asking("pageSize=1"))), nextPage(list.but(asking("deleted=include")))),
	}
	for query, violations := range inOrder(
		"pageSize=0", "query pageSize: out-of-range",
		"pageSize=101", "query pageSize: out-of-range",
		"pageSize=1.0", "query pageSize: malformed",
		"pageSize=01", "query pageSize: malformed",
		"pageSize=1&pageSize=1", "query pageSize: not-allowed",
		"cursor=", "query cursor: malformed",
		"cursor=a%00", "query cursor: malformed",
		"deleted=yes", "query deleted: not-allowed",
		"scope=3", "query scope: not-allowed",
		"count=1", "query count: not-allowed",
		"Count=true", "query Count: unknown-parameter",
		"scope=0&deleted=1&count=&page=2", "query deleted: not-allowed, query scope: not-allowed, query count: not-allowed, query page: unknown-parameter",
	) {
		all = append(all, r.invalidQuery(list, "a list", query, violations),
			r.invalidQuery(r.call(listOfAnOrganization, pair{organization: r.organizationID(0)}), "members", query, violations))
	}
	return all
}

// members compares the list of the run's organization with what the run has
// registered and removed. It waits up to 15 s, since the index lags behind.
func (r *runner) members() []testCase {
	const want = "each once, in order"
	return []testCase{{name: "the members of the organization", want: want, run: func(ctx context.Context) string {
		list := r.call(listOfAnOrganization, pair{organization: r.organizationID(0)}, asking("pageSize=10"))
		for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(time.Second) {
			listed, wrong := r.walk(ctx, list)
			members := r.membersNow()
			switch {
			case wrong != "":
				return wrong
			case slices.Equal(listed, members):
				return want
			case len(listed) >= len(members) || ctx.Err() != nil || time.Now().After(deadline):
				return fmt.Sprintf("%d are listed, %d are members", len(listed), len(members))
			}
		}
	}}}
}
