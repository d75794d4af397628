package conformance

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// histories are the cases with the history of a user who is registered, changed,
// removed and restored.
func (r *runner) histories() []testCase {
	known := r.about(r.somebody())
	of := func(p pair) request { return r.call(history, p) }
	mine := of(known.get.pair)
	paged := mine.but(asking("pageSize=1"))
	nextPage := func(q request) step {
		return func(before []response) request { return q.but(after(before[len(before)-1].page.next)) }
	}
	const next = "200 with 4 restored, complete, and more, then "
	all := []testCase{
		r.recorded(known, mine),
		r.flow("a history in pages", next+"200 with 3 removed, complete, and more, then 200 with 2 changed, complete, and more, then 200 with 1 registered, complete",
			just(paged), nextPage(paged), nextPage(paged), nextPage(paged)),
		r.flow("the cursor of another history", next+"400 invalid-request, query cursor: malformed", just(paged), nextPage(of(r.somebody()))),
		r.flow("the cursor of a history, for a list", next+"400 invalid-request, query cursor: malformed",
			just(paged), nextPage(r.call(listOfAUser, known.get.pair))),
		r.sequence("the history of an absent membership", "200 with nothing, complete", of(r.somebody())),
		r.sequence("a history of invalid ids", "400 invalid-request, path userId: malformed, path organizationId: out-of-range",
			of(pair{"01", "9007199254740992"})),
		r.sequence("a history with a trailing slash", "404 not-found", mine.but(at(mine.path+"/"))),
		r.needs(r.target.Reader, "tokens with only the scope read",
			r.sequence("a reader reads a history", "403 forbidden", mine.but(as(r.target.Reader)))),
	}
	for query, violations := range inOrder(
		"pageSize=0", "query pageSize: out-of-range",
		"pageSize=101", "query pageSize: out-of-range",
		"pageSize=1&pageSize=1", "query pageSize: not-allowed",
		"cursor=", "query cursor: malformed",
		"deleted=include&count=true", "query count: unknown-parameter, query deleted: unknown-parameter",
	) {
		all = append(all, r.invalidQuery(mine, "a history", query, violations))
	}
	return all
}

// recorded waits up to a minute for the entries of four writes. Until all four
// are there, the history must show the newest write and be incomplete.
func (r *runner) recorded(known requests, read request) testCase {
	const writes, whole = "201, then 200, then 200 deleted, then 200", "200 with 4 restored, 3 removed, 2 changed, 1 registered, complete"
	return testCase{name: "a history", want: writes + ", then " + whole, run: func(ctx context.Context) string {
		var last response
		var words []string
		for _, write := range []request{known.register, known.change, known.remove, known.restore} {
			if last.etag != "" {
				write = write.but(header("If-Match", last.etag))
			}
			last = r.send(ctx, write)
			words = append(words, last.words)
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Second / 2) {
			got := r.send(ctx, read)
			late := got.status == http.StatusOK && got.etag == last.etag && strings.HasSuffix(got.words, ", incomplete")
			if !late || ctx.Err() != nil || time.Now().After(deadline) {
				return strings.Join(append(words, got.words), ", then ")
			}
		}
	}}
}
