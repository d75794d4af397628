package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// testCase is one promise of the contract.
type testCase struct {
	name string
	// want is the result of run where the deployment keeps the promise.
	want string
	run  func(context.Context) string
	// missing says which tokens the case lacks. It is empty if the case can run.
	missing string
}

// cases are the cases of this run. Each has its own random users.
func (r *runner) cases() []testCase {
	return slices.Concat(
		r.registrations(), r.repetitions(), r.invalidRequests(), r.mediaTypes(), r.callers(), r.routes(),
		r.reads(), r.lists(), r.changes(), r.removals(), r.preconditions(), r.readers(), r.histories(), r.members(),
	)
}

func (r *runner) one(name, want string, edits ...edit) testCase {
	return r.sequence(name, want, r.registration(edits...))
}

// sequence is a case with requests, one after the other.
func (r *runner) sequence(name, want string, requests ...request) testCase {
	steps := make([]step, len(requests))
	for i, q := range requests {
		steps[i] = just(q)
	}
	return r.flow(name, want, steps...)
}

// step makes a request from the earlier responses.
type step func(before []response) request

func just(q request) step { return func([]response) request { return q } }

// matching sends the ETag of the earlier response n, counted from 0.
func matching(n int, q request) step {
	return func(before []response) request { return q.but(header("If-Match", before[n].etag)) }
}

// flow is a case with requests, each made from the earlier responses.
func (r *runner) flow(name, want string, steps ...step) testCase {
	return testCase{name: name, want: want, run: func(ctx context.Context) string {
		var before []response
		var all []string
		for _, next := range steps {
			got := r.send(ctx, next(before))
			before, all = append(before, got), append(all, got.words)
		}
		return strings.Join(all, ", then ")
	}}
}

var valid = bodies[register.ID]

func (r *runner) registrations() []testCase {
	const widest = `{"scope":2,"permissions":{"group":-9007199254740991,"manage":[9007199254740991],"read":[]}}`
	return []testCase{
		r.one("a registration", "201"),
		r.one("values at their bounds", "201", sending(widest)),
		r.one("1,000 items, in order, repeated", "201", sending(listing(strings.Repeat("2,1,2,1,2,", 199)+"5,4,3,2,1"))),
		r.one("integers written as 1.0, 1e0 and -0", "201", sending(`{"scope":1.0,"permissions":{"group":-0,"manage":[1e0],"read":[10e-1]}}`)),
		r.one("65,536 bytes", "201", sending(valid+strings.Repeat(" ", 65536-len(valid)))),
		r.one("65,537 bytes", "413 payload-too-large", sending(valid+strings.Repeat(" ", 65537-len(valid)))),
		r.one("query parameters", "201", asking("scope=2")),
		r.one("a pipe, braces and semicolons in the query", "201", asking("a=%7C%7B%7D%3B&%7C=%7B;%7D=;")),
		r.unescaped("a pipe and braces in the query, not escaped", asking("|={a}")),
	}
}

// unescaped is a case with characters that API Gateway does not support. Its
// developer guide ("Important notes" for REST APIs) does not define the result,
// so its own 400 passes as well.
func (r *runner) unescaped(name string, edits ...edit) testCase {
	const want = "201, or 400 from API Gateway"
	return testCase{name: name, want: want, run: func(ctx context.Context) string {
		if a := r.send(ctx, r.registration(edits...)); a.words != "201" && a.status != http.StatusBadRequest {
			return a.words
		}
		return want
	}}
}

func (r *runner) repetitions() []testCase {
	again := func() request { return r.registration() }
	keyed := func() request { return r.registration(header("Idempotency-Key", rand.Text())) }
	other := sending(strings.Replace(valid, `"scope":1`, `"scope":2`, 1))
	pair := func(q request, edits ...edit) []request { return []request{q, q.but(edits...)} }
	quoted := func(q *request) { q.header.Set("Idempotency-Key", `"`+q.header.Get("Idempotency-Key")+`"`) }
	chosen := r.registration(header("X-Amzn-RequestId", rand.Text()))
	spelled := sending(`{"permissions":{"read":[1.0,2],"manage":[1,2],"group":0e0}, "scope":1}`)
	all := []testCase{
		r.sequence("again", "201, then 409 membership-exists, identical", pair(again())...),
		r.sequence("again with another scope", "201, then 409 membership-exists, not identical", pair(again(), other)...),
		r.sequence("again under another key", "201, then 409 membership-exists, identical", pair(keyed(), header("Idempotency-Key", rand.Text()))...),
		r.sequence("again under the same X-Amzn-RequestId", "201, then 409 membership-exists, identical", chosen, chosen),
		r.replay("again under the same key", keyed()),
		r.replay("again under the same key, written quoted", keyed(), quoted),
		r.replay("again under the same key, written otherwise", keyed(), spelled),
		r.sequence("the key with another request", "201, then 422 idempotency-key-reused", pair(keyed(), other)...),
		r.race(20, again()),
	}
	onlyOther := r.sequence("the same key of another caller", "201, then 409 membership-exists, identical", pair(keyed(), as(r.target.Other))...)
	return append(all, r.needs(r.target.Other, "the tokens of another caller", onlyOther))
}

// replay compares a replay with the first response, byte for byte.
func (r *runner) replay(name string, q request, edits ...edit) testCase {
	return testCase{name: name, want: "201, then the same 201 replayed", run: func(ctx context.Context) string {
		first, second := r.send(ctx, q), r.send(ctx, q.but(edits...))
		same := ""
		if first.body == second.body {
			same = "the same "
		}
		return first.words + ", then " + same + second.words
	}}
}

// race sends one request many times at once.
func (r *runner) race(n int, q request) testCase {
	want := fmt.Sprintf("1 × 201, %d × 409 membership-exists, identical", n-1)
	return testCase{name: fmt.Sprintf("%d times at once", n), want: want, run: func(ctx context.Context) string {
		var mu sync.Mutex
		var wg sync.WaitGroup
		counts := map[string]int{}
		for range n {
			wg.Go(func() {
				a := r.send(ctx, q)
				mu.Lock()
				defer mu.Unlock()
				counts[a.words]++
			})
		}
		wg.Wait()
		var all []string
		for _, words := range slices.Sorted(maps.Keys(counts)) {
			all = append(all, fmt.Sprintf("%d × %s", counts[words], words))
		}
		return strings.Join(all, ", ")
	}}
}

func (r *runner) invalidRequests() []testCase {
	path := func(user, organization string) edit { return at(pathOf(register, pair{user, organization})) }
	user := func(id string) edit { return path(id, r.organizationID(0)) }
	group := func(value string) edit { return sending(strings.Replace(valid, `"group":0`, `"group":`+value, 1)) }
	invalid := func(name, violations string, edits ...edit) testCase {
		return r.one(name, "400 invalid-request, "+violations, edits...)
	}
	refused := r.registration()
	all := []testCase{
		r.sequence("a refusal stores nothing", "400 invalid-request, body /scope: not-allowed, then 201",
			refused.but(sending(strings.Replace(valid, `"scope":1`, `"scope":3`, 1))), refused),
		invalid("an organization out of range", "path organizationId: out-of-range", path("1", "9007199254740992")),
		invalid("all problems at once", "path userId: malformed, header Idempotency-Key: malformed, body /permissions/group: wrong-type",
			user("x"), header("Idempotency-Key", "a b"), group(`"0"`)),
		invalid("a key twice", "header Idempotency-Key: not-allowed", header("Idempotency-Key", "a", "a")),
		invalid("a key of 256 characters", "header Idempotency-Key: out-of-range", header("Idempotency-Key", strings.Repeat("k", 256))),
		invalid("an empty object", "body /scope: required, body /permissions: required", sending("{}")),
		invalid("an array", "body : wrong-type", sending("[]")),
		invalid("no body", "body : malformed", sending("")),
		invalid("a truncated body", "body : malformed", sending(valid[:len(valid)-1])),
		invalid("a byte order mark", "body : malformed", sending("\ufeff"+valid)),
		invalid("trailing bytes", "body : malformed", sending(valid+"x")),
		invalid("an unknown name", "body /role: unknown-field", sending(strings.Replace(valid, "{", `{"role":1,`, 1))),
		invalid("a name in capitals", "body /Scope: unknown-field, body /scope: required", sending(strings.Replace(valid, "scope", "Scope", 1))),
		invalid("a name twice", "body /scope: duplicate-field", sending(strings.Replace(valid, "{", `{"scope":1,`, 1))),
		invalid("1,001 items", "body /permissions/read: too-many-items", sending(listing(strings.Repeat("1,", 1000)+"1"))),
		r.one("251 problems", "400 invalid-request, 100 of 251 listed", user("x"), sending(listing(strings.Repeat("0.5,", 249)+"0.5"))),
	}
	for _, id := range []string{"01", "+1", "-0", "1.0", "1e0", "%31", "-9007199254740992", "9007199254740993"} {
		code := "malformed"
		if len(id) > 5 {
			code = "out-of-range"
		}
		all = append(all, invalid("the user "+id, "path userId: "+code, user(id)))
	}
	for _, g := range []struct{ value, code string }{
		{`"1"`, "wrong-type"}, {"null", "wrong-type"}, {"true", "wrong-type"}, {"[1]", "wrong-type"},
		{"1.5", "not-an-integer"}, {"1e-1", "not-an-integer"},
		{"9007199254740992", "out-of-range"}, {"-9007199254740993", "out-of-range"}, {"1e400", "out-of-range"},
	} {
		all = append(all, invalid("the group "+g.value, "body /permissions/group: "+g.code, group(g.value)))
	}
	return all
}

// listing is a registration with these items in permissions.read.
func listing(items string) string {
	return `{"scope":1,"permissions":{"group":0,"manage":[],"read":[` + items + `]}}`
}

func (r *runner) mediaTypes() []testCase {
	const refused = "415 unsupported-media-type"
	return []testCase{
		r.one("Content-Type with charset=UTF-8", "201", header("Content-Type", "Application/JSON; charset=UTF-8")),
		r.one("Content-Encoding identity", "201", header("Content-Encoding", "identity")),
		r.one("no Content-Type", refused, header("Content-Type")),
		r.one("text/plain", refused, header("Content-Type", "text/plain")),
		r.one("another charset", refused, header("Content-Type", "application/json; charset=iso-8859-1")),
		r.one("Content-Type twice", refused, twice("Content-Type")),
		r.one("Content-Encoding gzip", refused, header("Content-Encoding", "gzip")),
	}
}

func (r *runner) callers() []testCase {
	const refused = "401 unauthorized"
	c := r.target.Caller
	all := []testCase{
		r.one("bearer in lower case", "201", header("Authorization", "bearer "+c.Bearer)),
		r.one("no bearer token", refused, header("Authorization")),
		r.one("no session token", refused, header("X-Session-Token")),
		r.one("no token at all", refused, header("Authorization"), header("X-Session-Token")),
		r.one("the tokens swapped", refused, as(Caller{Bearer: c.Session, Session: c.Bearer})),
		r.one("the bearer token without its signature", refused, header("Authorization", "Bearer "+c.Bearer[:strings.LastIndex(c.Bearer, ".")+1])),
		r.one("another scheme", refused, header("Authorization", "Basic "+c.Bearer)),
		r.one("the bearer token twice", refused, twice("Authorization")),
		r.one("the session token twice", refused, twice("X-Session-Token")),
		r.one("401 comes before 400", refused, header("Authorization", "Bearer none"), sending("")),
		r.one("415 comes before 413", "415 unsupported-media-type", header("Content-Type"), sending(strings.Repeat(" ", 65537))),
		r.one("413 comes before 400", "413 payload-too-large", sending(strings.Repeat(" ", 65537))),
	}
	return append(all,
		r.needs(r.target.Other, "the tokens of another caller",
			r.one("tokens of two users", refused, header("X-Session-Token", r.target.Other.Session))),
		r.needs(r.target.Other, "the tokens of another caller", r.one("another caller", "201", as(r.target.Other))),
		r.needs(r.target.Unscoped, "tokens without a scope", r.one("a bearer token without a scope", "403 forbidden", as(r.target.Unscoped))),
		r.needs(r.target.Expired, "expired tokens", r.one("expired tokens", refused, as(r.target.Expired))),
	)
}

// needs marks a case as not run where its caller has no tokens.
func (r *runner) needs(c Caller, what string, t testCase) testCase {
	if c.Bearer == "" || c.Session == "" {
		t.missing = "needs " + what
	}
	return t
}

func (r *runner) routes() []testCase {
	const refused = "404 not-found"
	// under is the path of a user's list, followed by more.
	under := func(user, more string) edit { return at(pathOf(listOfAUser, pair{user: user}) + more) }
	return []testCase{
		r.one("another path", refused, at(strings.TrimSuffix(pathOf(listOfAUser, pair{}), "//organizations"))),
		r.one("another path, without tokens", refused, at("/nowhere"), header("Authorization"), header("X-Session-Token")),
		r.one("another method", refused, by("GET"), sending("")),
		r.one("another method, without tokens", refused, by("DELETE"), sending(""), header("Authorization"), header("X-Session-Token")),
		r.one("an empty segment", refused, at(pathOf(register, pair{"", "1"}))),
		r.one("a trailing slash", refused, at(pathOf(register, pair{"1", "1"})+"/")),
		r.one("a list with a trailing slash", refused, by("GET"), sending(""), under("1", "/")),
		r.one("the user register of a list", refused, by("GET"), sending(""), under("register", "")),
		r.one("the user register of a membership", refused, by("GET"), sending(""), under("register", "/1")),
		r.one("the user restore of a list", refused, by("GET"), sending(""), under("restore", "")),
		r.one("the user restore of a change", refused, by("PATCH"), under("restore", "/1")),
	}
}
