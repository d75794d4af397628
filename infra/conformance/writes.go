package conformance

import "strings"

// nobodys is an ETag that no membership has.
const nobodys = `"00000000000000000000000000000000"`

// requests has one for each operation on a pair.
type requests struct{ register, get, change, remove, restore request }

func (r *runner) about(p pair) requests {
	return requests{r.call(register, p), r.call(get, p), r.call(change, p), r.call(remove, p), r.call(restore, p)}
}

func (r *runner) changes() []testCase {
	one, partly, plain, again := r.about(r.somebody()), r.about(r.somebody()), r.about(r.somebody()), r.about(r.somebody())
	older, others, removed := r.about(r.somebody()), r.about(r.somebody()), r.about(r.somebody())
	nobody := r.call(change, r.somebody(), header("If-Match", nobodys))
	narrower := sending(`{"permissions":{"group":0,"manage":[],"read":[]}}`)
	all := []testCase{
		r.flow("a change", "201, then 200, then 200", just(one.register), matching(0, one.change), just(one.get)),
		r.flow("a change of one member", "201, then 200",
			just(partly.register), matching(0, partly.change.but(sending(`{"scope":2}`)))),
		r.flow("a change as application/json", "201, then 200",
			just(plain.register), matching(0, plain.change.but(header("Content-Type", "application/json")))),
		r.flow("a change that is repeated", "201, then 200, then 200 replayed",
			just(again.register), matching(0, again.change), matching(0, again.change)),
		r.flow("another change of the same state", "201, then 200, then 412 precondition-failed",
			just(older.register), matching(0, older.change), matching(0, older.change.but(narrower))),
		r.flow("a change with the ETag of a 412", "412 precondition-failed, then 200",
			just(older.change.but(header("If-Match", nobodys))), matching(0, older.change.but(narrower))),
		r.needs(r.target.Other, "the tokens of another caller",
			r.flow("a change that another caller repeats", "201, then 200, then 412 precondition-failed",
				just(others.register), matching(0, others.change), matching(0, others.change.but(as(r.target.Other))))),
		r.flow("a change of what was removed", "201, then 200 deleted, then 404 membership-not-found",
			just(removed.register), matching(0, removed.remove), matching(1, removed.change)),
		r.sequence("a change of an absent membership", "404 membership-not-found", nobody),
		r.sequence("a change as text/plain", "415 unsupported-media-type", nobody.but(header("Content-Type", "text/plain"))),
		r.sequence("a change of 65,537 bytes", "413 payload-too-large", nobody.but(sending(strings.Repeat(" ", 65537)))),
	}
	for body, violations := range inOrder(
		`{"scope":3}`, "body /scope: not-allowed",
		`{"scope":null}`, "body /scope: not-allowed",
		`{"scope":"1"}`, "body /scope: wrong-type",
		`{"role":1,"scope":1}`, "body /role: unknown-field",
		`{"scope":1,"scope":1}`, "body /scope: duplicate-field",
		`[]`, "body : wrong-type",
		`{`, "body : malformed",
	) {
		all = append(all, r.sequence("a change to "+body, "400 invalid-request, "+violations, nobody.but(sending(body))))
	}
	return all
}

func (r *runner) removals() []testCase {
	one, other, back, anew := r.about(r.somebody()), r.about(r.somebody()), r.about(r.somebody()), r.about(r.somebody())
	shown := asking("deleted=include")
	return []testCase{
		r.flow("a removal", "201, then 200 deleted, then 404 membership-not-found, then 200 deleted",
			just(one.register), matching(0, one.remove), just(one.get), just(one.get.but(shown))),
		r.flow("a removal that is repeated", "200 deleted, then 200 deleted",
			just(one.remove.but(header("If-Match", nobodys))), just(one.remove.but(header("If-Match", "*")))),
		r.sequence("a removal of any state", "201, then 200 deleted", other.register, other.remove.but(header("If-Match", "*"))),
		r.sequence("a removal of an absent membership", "404 membership-not-found", r.call(remove, r.somebody(), header("If-Match", "*"))),
		r.flow("a restoration", "201, then 200 deleted, then 200, then 200",
			just(back.register), matching(0, back.remove), matching(1, back.restore), just(back.get)),
		r.flow("a restoration of an older state", "412 precondition-failed", just(back.restore.but(header("If-Match", nobodys)))),
		r.flow("a removal of an older state", "412 precondition-failed", just(back.remove.but(header("If-Match", nobodys)))),
		r.sequence("a restoration of an absent membership", "404 membership-not-found", r.call(restore, r.somebody(), header("If-Match", nobodys))),
		r.flow("a registration of what was removed", "201, then 200 deleted, then 201, then 200",
			just(anew.register), matching(0, anew.remove), just(anew.register), just(anew.get)),
	}
}

// preconditions use users who are not registered, so no case writes anything.
func (r *runner) preconditions() []testCase {
	all := []testCase{
		r.sequence("a removal with a body", "400 invalid-request, body : not-allowed",
			r.call(remove, r.somebody(), header("If-Match", nobodys), sending(valid))),
		r.sequence("a restoration with a body", "400 invalid-request, body : not-allowed",
			r.call(restore, r.somebody(), header("If-Match", nobodys), sending(valid))),
		r.sequence("a removal with a query", "400 invalid-request, query deleted: unknown-parameter",
			r.call(remove, r.somebody(), header("If-Match", nobodys), asking("deleted=include"))),
		r.sequence("a change of all states", "428 precondition-required", r.call(change, r.somebody(), header("If-Match", "*"))),
		r.sequence("a restoration of all states", "428 precondition-required", r.call(restore, r.somebody(), header("If-Match", "*"))),
		r.sequence("400 comes before 428", "400 invalid-request, path userId: malformed", r.call(change, pair{"01", r.organizationID(0)})),
	}
	for _, operation := range []struct {
		name string
		request
	}{
		{"a change", r.call(change, r.somebody())}, {"a removal", r.call(remove, r.somebody())}, {"a restoration", r.call(restore, r.somebody())},
	} {
		name, q := operation.name, operation.request
		all = append(all, r.sequence(name+" without If-Match", "428 precondition-required", q))
		for form, tag := range inOrder(
			"weak", "W/"+nobodys,
			"without quotes", strings.Trim(nobodys, `"`),
			"as a list", nobodys+", "+nobodys,
			"of one digit", `"0"`,
			"in capitals", strings.Replace(nobodys, "0", "A", 1),
		) {
			all = append(all, r.sequence(name+" with If-Match "+form, "400 invalid-request, header If-Match: malformed",
				q.but(header("If-Match", tag))))
		}
		all = append(all, r.sequence(name+" with If-Match twice", "400 invalid-request, header If-Match: not-allowed",
			q.but(header("If-Match", nobodys), twice("If-Match"))))
	}
	return all
}

// readers are the cases with a caller who may only read. No result may depend on
// which of these requests made the gateway cache its policy.
func (r *runner) readers() []testCase {
	known := r.about(r.somebody())
	reader := as(r.target.Reader)
	const refused = "403 forbidden"
	var all []testCase
	for _, c := range []testCase{
		r.sequence("a reader gets", "201, then 200", known.register, known.get.but(reader)),
		r.sequence("a reader lists", "200 with 1 rows of 1", r.call(listOfAUser, pair{user: known.get.pair.user}, reader)),
		r.sequence("a reader registers", refused, r.registration(reader)),
		r.sequence("a reader changes", refused, known.change.but(reader, header("If-Match", nobodys))),
		r.sequence("a reader removes", refused, known.remove.but(reader, header("If-Match", "*"))),
		r.sequence("a reader restores", refused, known.restore.but(reader, header("If-Match", nobodys))),
	} {
		all = append(all, r.needs(r.target.Reader, "tokens with only the scope read", c))
	}
	return all
}
