package faults_test

import (
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"

	"users-organizations/infra/local/localtest"
)

// TestModel checks histories made by hand, right and wrong ones: a check that finds
// no error must be able to find one.
func TestModel(t *testing.T) {
	t.Parallel()
	const first, second, third, fourth = "2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z", "2024-01-03T00:00:00.000Z", "2024-01-04T00:00:00.000Z"
	ada := localtest.Request{ID: "r1", Caller: "ada", User: 1, Organization: 1, Scope: 1, Group: watchedGroup, Manage: []int64{1, 2}, IdempotencyKey: "k"}
	other := func(id, caller, key string, scope int64) localtest.Request {
		r := ada
		r.ID, r.Caller, r.IdempotencyKey, r.Scope = id, caller, key, scope
		return r
	}
	bob, again, asksMore := other("r2", "bob", "", 1), other("r3", "ada", "k", 1), other("r4", "ada", "k", 2)

	created := func(r localtest.Request, at string) step {
		return responded(register, r, 201, "", markOf(r), body("data", r, at, at, ""))
	}
	replayed := func(r, first localtest.Request, at string) step {
		return responded(register, r, 201, "true", markOf(first), body("data", r, at, at, ""))
	}
	exists := func(r, there localtest.Request, at, deletedAt string, identical bool) step {
		etag := markOf(there)
		if deletedAt != "" {
			etag = "removed"
		}
		return responded(register, r, 409, "", "", body("existing", there, at, at, deletedAt)+fmt.Sprintf(`,"identical":%v,"etag":%q`, identical, `"`+etag+`"`))
	}
	since := func(s step, at string) step {
		s.began = at
		return s
	}
	reused := func(r localtest.Request) step { return responded(register, r, 422, "", "", `"status":422`) }
	lost := func(k kind, r localtest.Request) step { return step{kind: k, request: r} }
	// of is a request by carol with a revision in If-Match.
	of := func(r localtest.Request, etag string) localtest.Request {
		r.ID, r.Caller, r.IfMatch = "w-"+etag, "carol", `"`+etag+`"`
		return r
	}
	removed := func(r localtest.Request, at string) step {
		return responded(remove, of(r, markOf(r)), 200, "", "removed", body("data", r, at, at, third))
	}
	changed := func(r localtest.Request, at string) step {
		r.Scope = 2
		return responded(change, of(r, markOf(r)), 200, "", "changed", body("data", r, at, third, ""))
	}
	stale := func(k kind, r, there localtest.Request, at, updatedAt, deletedAt, etag string) step {
		return responded(k, r, 412, "", etag, body("existing", there, at, updatedAt, deletedAt))
	}
	missing := func(k kind, r localtest.Request) step { return responded(k, r, 404, "", "", `"status":404`) }
	nothing := step{kind: read, responded: true}
	stored := func(r localtest.Request, at string) step {
		return step{kind: read, responded: true, item: item(r, at, nil)}
	}
	kept := func(r localtest.Request, at, deletedAt string) step {
		i := item(r, at, &deletedAt)
		i.RequestID, i.Revision, i.ChangedBy = "w-"+markOf(r), "removed", "carol"
		return step{kind: read, responded: true, item: i}
	}
	two := other("r1", "ada", "k", 2)

	type calls = []step
	for name, c := range map[string]struct {
		calls calls
		right bool
	}{
		"stored as the response shows":           {calls{created(ada, first), stored(ada, first)}, true},
		"a conflict, a replay, a reuse":          {calls{created(ada, first), exists(bob, ada, first, "", true), replayed(again, ada, first), reused(asksMore)}, true},
		"registered anew after a removal":        {calls{created(ada, first), removed(ada, first), created(bob, fourth), stored(bob, fourth)}, true},
		"a late retry":                           {calls{created(ada, first), removed(ada, first), exists(again, ada, first, third, false), kept(ada, first, third)}, true},
		"a lost call that was stored":            {calls{lost(register, ada), exists(bob, ada, first, "", true), stored(ada, first)}, true},
		"a lost call that was not":               {calls{lost(register, ada), created(bob, first), stored(bob, first)}, true},
		"its own attempt, removed by another":    {calls{lost(register, bob), removed(bob, first), exists(bob, bob, first, third, false)}, true},
		"a conflict with one removed since":      {calls{created(ada, first), removed(ada, first), since(exists(bob, ada, first, third, false), third), kept(ada, first, third)}, true},
		"a conflict with one removed before":     {calls{created(ada, first), removed(ada, first), since(exists(bob, ada, first, third, false), fourth)}, false},
		"registered before the removal":          {calls{created(ada, first), removed(ada, first), created(bob, third)}, false},
		"its own attempt taken for another's":    {calls{lost(register, bob), exists(bob, bob, first, "", true)}, false},
		"its own attempt taken for a replay":     {calls{lost(register, ada), replayed(ada, ada, first)}, false},
		"201, and nothing in the table":          {calls{created(ada, first), nothing}, false},
		"201, and another item in the table":     {calls{created(ada, first), stored(bob, first)}, false},
		"201, and other times in the table":      {calls{created(ada, first), stored(ada, second)}, false},
		"201, and other rights in the table":     {calls{created(ada, first), stored(two, first)}, false},
		"201 twice":                              {calls{created(ada, first), created(bob, second)}, false},
		"201 twice for one key":                  {calls{created(ada, first), created(again, second)}, false},
		"201 for a key whose item was removed":   {calls{created(ada, first), removed(ada, first), created(again, fourth)}, false},
		"a replay of nothing":                    {calls{replayed(again, ada, first)}, false},
		"a replay with other times":              {calls{created(ada, first), replayed(again, ada, second)}, false},
		"a replay for another caller":            {calls{created(ada, first), replayed(other("r5", "bob", "k", 1), ada, first)}, false},
		"a replay of other rights":               {calls{created(ada, first), replayed(asksMore, ada, first)}, false},
		"a replay of what was removed":           {calls{created(ada, first), removed(ada, first), replayed(again, ada, first)}, false},
		"a replay with an ETag of the past":      {calls{created(ada, first), changed(ada, first), replayed(again, ada, first)}, false},
		"a conflict with no membership":          {calls{exists(bob, ada, first, "", true)}, false},
		"a conflict as if it was not removed":    {calls{created(ada, first), removed(ada, first), exists(bob, ada, first, "", true)}, false},
		"a conflict for one's own key":           {calls{created(ada, first), exists(again, ada, first, "", true)}, false},
		"identical, though it is not":            {calls{created(ada, first), exists(other("r5", "bob", "", 2), ada, first, "", true)}, false},
		"identical, though it is removed":        {calls{created(ada, first), removed(ada, first), exists(again, ada, first, third, true)}, false},
		"a reuse of an unused key":               {calls{created(bob, first), reused(asksMore)}, false},
		"a reuse that asks for the same":         {calls{created(ada, first), reused(again)}, false},
		"in the table without a registration":    {calls{stored(ada, first)}, false},
		"in the table after a removal":           {calls{created(ada, first), removed(ada, first), stored(ada, first)}, false},
		"removed without a removal":              {calls{created(ada, first), kept(ada, first, third)}, false},
		"a lost call with two different results": {calls{lost(register, ada), exists(bob, ada, first, "", true), nothing}, false},

		"a change, then not found":               {calls{created(ada, first), changed(ada, first), missing(restore, other("r6", "bob", "", 1))}, false},
		"a change twice by one caller":           {calls{created(ada, first), changed(ada, first), replay(changed(ada, first))}, true},
		"a change twice, and no replay":          {calls{created(ada, first), changed(ada, first), changed(ada, first)}, false},
		"a change twice by two callers":          {calls{created(ada, first), changed(ada, first), replay(by("dave", changed(ada, first)))}, false},
		"a change of nothing":                    {calls{changed(ada, first)}, false},
		"a stale change":                         {calls{created(ada, first), changed(ada, first), stale(change, of(bob, markOf(ada)), two, first, third, "", "changed")}, true},
		"a stale change of the right revision":   {calls{created(ada, first), stale(change, of(ada, markOf(ada)), ada, first, first, "", markOf(ada))}, false},
		"a stale removal of what is removed":     {calls{created(ada, first), removed(ada, first), stale(remove, of(bob, markOf(ada)), ada, first, first, third, "removed")}, false},
		"removed already, by another":            {calls{created(ada, first), removed(ada, first), by("dave", removed(ada, first)), kept(ada, first, third)}, true},
		"a change of what is removed":            {calls{created(ada, first), removed(ada, first), missing(change, of(ada, "removed"))}, true},
		"a change of what is there, not found":   {calls{created(ada, first), missing(change, of(ada, markOf(ada)))}, false},
		"restored with an earlier revision":      {calls{created(ada, first), removed(ada, first), responded(restore, of(ada, markOf(ada)), 200, "", "restored", body("data", ada, first, fourth, ""))}, false},
		"restored":                               {calls{created(ada, first), removed(ada, first), responded(restore, of(ada, "removed"), 200, "", "restored", body("data", ada, first, fourth, ""))}, true},
		"restored, with other rights":            {calls{created(ada, first), removed(ada, first), responded(restore, of(ada, "removed"), 200, "", "restored", body("data", two, first, fourth, ""))}, false},
		"a lost removal, seen later":             {calls{created(ada, first), lost(remove, of(ada, markOf(ada))), kept(ada, first, third)}, true},
		"a lost removal of a later registration": {calls{created(ada, first), lost(remove, of(bob, markOf(bob))), kept(ada, first, third)}, false},
		"a lost removal that was not stored":     {calls{created(ada, first), lost(remove, of(ada, markOf(ada))), stored(ada, first)}, true},
		"a read of what is there":                {calls{created(ada, first), responded(get, ada, 200, "", markOf(ada), body("data", ada, first, first, ""))}, true},
		"a read of what was there":               {calls{created(ada, first), removed(ada, first), responded(get, ada, 200, "", markOf(ada), body("data", ada, first, first, ""))}, false},
		"a read of nothing":                      {calls{created(ada, first), missing(get, ada)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var history []porcupine.Operation
			for i, s := range c.calls {
				o := porcupine.Operation{Input: s, Call: int64(2 * i), Return: int64(2*i + 1)}
				if !s.responded {
					o.Return = forever
				}
				history = append(history, o)
			}
			if right := porcupine.CheckOperations(model, history); right != c.right {
				t.Errorf("right: %v, want %v:\n%s", right, c.right, describe(history))
			}
		})
	}
}

// markOf is the mark of a registration in these histories.
func markOf(r localtest.Request) string { return "mark of " + r.ID }

// replay is a call whose response repeats an earlier one.
func replay(s step) step {
	s.response.Headers["Idempotency-Replayed"] = "true"
	return s
}

// by is the same call of another caller.
func by(caller string, s step) step {
	s.request.Caller = caller
	return s
}

func responded(k kind, r localtest.Request, status int, replayed, etag, body string) step {
	response := localtest.Response{Status: status, Headers: map[string]string{}, Body: "{" + body + "}"}
	if replayed != "" {
		response.Headers["Idempotency-Replayed"] = replayed
	}
	if etag != "" {
		response.Headers["ETag"] = `"` + etag + `"`
	}
	return step{kind: k, request: r, began: "2024-01-05T00:00:00.000Z", responded: true, response: response}
}

func body(name string, r localtest.Request, at, updatedAt, deletedAt string) string {
	deleted := "null"
	if deletedAt != "" {
		deleted = `"` + deletedAt + `"`
	}
	return fmt.Sprintf(`%q:{"userId":%d,"organizationId":%d,"scope":%d,"permissions":{"group":%d,"manage":[1,2],"read":[]},`+
		`"createdAt":%q,"updatedAt":%q,"deletedAt":%s}`, name, r.User, r.Organization, r.Scope, r.Group, at, updatedAt, deleted)
}

func item(r localtest.Request, at string, deletedAt *string) *localtest.Item {
	m := r.Membership()
	m.CreatedAt, m.UpdatedAt, m.DeletedAt = at, at, deletedAt
	return &localtest.Item{Membership: m, RegisteredBy: r.Caller, RequestID: r.ID, IdempotencyKey: r.IdempotencyKey, Mark: markOf(r)}
}
