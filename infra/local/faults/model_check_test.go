package faults_test

import (
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"

	"users-organizations/infra/local/localtest"
)

// TestModel makes histories by hand, right ones and wrong ones: a check that
// finds nothing has to be one that could.
func TestModel(t *testing.T) {
	t.Parallel()
	const first, second, third, fourth = "2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z", "2024-01-03T00:00:00.000Z", "2024-01-04T00:00:00.000Z"
	ada := localtest.Request{ID: "r1", Caller: "ada", User: 1, Organization: 1, Scope: 1, IdempotencyKey: "k"}
	other := func(id, caller, key string, scope int64) localtest.Request {
		r := ada
		r.ID, r.Caller, r.IdempotencyKey, r.Scope = id, caller, key, scope
		return r
	}
	bob, again, changed := other("r2", "bob", "", 1), other("r3", "ada", "k", 1), other("r4", "ada", "k", 2)

	created := func(r localtest.Request, at string) step { return answered(r, 201, "", body("data", r, at, "")) }
	replayed := func(r localtest.Request, at string) step { return answered(r, 201, "true", body("data", r, at, "")) }
	exists := func(r, there localtest.Request, at, deletedAt string, identical bool) step {
		return answered(r, 409, "", body("existing", there, at, deletedAt)+fmt.Sprintf(`,"identical":%v`, identical))
	}
	reused := func(r localtest.Request) step { return answered(r, 422, "", `"status":422`) }
	lost := func(r localtest.Request) step { return step{kind: register, request: r} }
	deleted := func(r localtest.Request, at string) step {
		return step{kind: remove, at: third, answered: true, item: item(r, at, nil)}
	}
	since := func(s step, at string) step {
		s.at = at
		return s
	}
	nothing := func(k kind) step { return step{kind: k, answered: true} }
	stored := func(r localtest.Request, at string) step {
		return step{kind: read, answered: true, item: item(r, at, nil)}
	}
	kept := func(r localtest.Request, at, deletedAt string) step {
		return step{kind: read, answered: true, item: item(r, at, &deletedAt)}
	}

	type calls = []step
	for name, c := range map[string]struct {
		calls calls
		right bool
	}{
		"stored as answered":                      {calls{created(ada, first), stored(ada, first)}, true},
		"a conflict, a replay, a reuse":           {calls{created(ada, first), exists(bob, ada, first, "", true), replayed(again, first), reused(changed)}, true},
		"anew after a deletion":                   {calls{created(ada, first), deleted(ada, first), created(bob, fourth), stored(bob, fourth)}, true},
		"a late retry":                            {calls{created(ada, first), deleted(ada, first), exists(again, ada, first, third, false), kept(ada, first, third)}, true},
		"late for one deleted since":              {calls{created(ada, first), deleted(ada, first), since(exists(bob, ada, first, third, false), third), kept(ada, first, third)}, true},
		"late for one deleted before":             {calls{created(ada, first), deleted(ada, first), since(exists(bob, ada, first, third, false), fourth)}, false},
		"anew, though it was deleted since":       {calls{created(ada, first), deleted(ada, first), created(bob, third)}, false},
		"a lost call that was stored":             {calls{lost(ada), exists(bob, ada, first, "", true), stored(ada, first)}, true},
		"a lost call that was not":                {calls{lost(ada), created(bob, first), stored(bob, first)}, true},
		"its own attempt, deleted by somebody":    {calls{lost(bob), deleted(bob, first), exists(bob, bob, first, third, false)}, true},
		"its own attempt taken for another's":     {calls{lost(bob), exists(bob, bob, first, "", true)}, false},
		"its own attempt taken for a replay":      {calls{lost(ada), replayed(ada, first)}, false},
		"201, and nothing in the table":           {calls{created(ada, first), nothing(read)}, false},
		"201, and another item in the table":      {calls{created(ada, first), stored(bob, first)}, false},
		"201, and other times in the table":       {calls{created(ada, first), stored(ada, second)}, false},
		"201, and other rights in the table":      {calls{created(ada, first), stored(other("r1", "ada", "k", 2), first)}, false},
		"201 twice":                               {calls{created(ada, first), created(bob, second)}, false},
		"201 twice for one key":                   {calls{created(ada, first), created(again, second)}, false},
		"201 for a key whose item was deleted":    {calls{created(ada, first), deleted(ada, first), created(again, second)}, false},
		"a replay of nothing":                     {calls{replayed(again, first)}, false},
		"a replay with other times":               {calls{created(ada, first), replayed(again, second)}, false},
		"a replay for another caller":             {calls{created(ada, first), replayed(other("r5", "bob", "k", 1), first)}, false},
		"a replay of other rights":                {calls{created(ada, first), replayed(changed, first)}, false},
		"a replay of what was deleted":            {calls{created(ada, first), deleted(ada, first), replayed(again, first)}, false},
		"a conflict with nobody":                  {calls{exists(bob, ada, first, "", true)}, false},
		"a conflict with what was deleted":        {calls{created(ada, first), deleted(ada, first), exists(bob, ada, first, "", true)}, false},
		"a conflict for one's own key":            {calls{created(ada, first), exists(again, ada, first, "", true)}, false},
		"identical that is not":                   {calls{created(ada, first), exists(other("r5", "bob", "", 2), ada, first, "", true)}, false},
		"deleted for a caller without that key":   {calls{created(ada, first), deleted(ada, first), exists(bob, ada, first, third, false)}, false},
		"identical, though it is deleted":         {calls{created(ada, first), deleted(ada, first), exists(again, ada, first, third, true)}, false},
		"a reuse of a key that nobody has used":   {calls{created(bob, first), reused(changed)}, false},
		"a reuse that asks for the same":          {calls{created(ada, first), reused(again)}, false},
		"a deletion of nothing":                   {calls{deleted(ada, first)}, false},
		"nothing to delete where somebody is":     {calls{created(ada, first), nothing(remove)}, false},
		"in the table, though nobody asked":       {calls{stored(ada, first)}, false},
		"in the table after a deletion":           {calls{created(ada, first), deleted(ada, first), stored(ada, first)}, false},
		"deleted, though nobody did":              {calls{created(ada, first), kept(ada, first, third)}, false},
		"a lost call that has two different ends": {calls{lost(ada), exists(bob, ada, first, "", true), nothing(read)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var history []porcupine.Operation
			for i, s := range c.calls {
				o := porcupine.Operation{Input: s, Call: int64(2 * i), Return: int64(2*i + 1)}
				if !s.answered {
					o.Return = forever
				}
				history = append(history, o)
			}
			if right := porcupine.CheckOperations(model, history); right != c.right {
				t.Errorf("found right: %v, want %v:\n%s", right, c.right, describe(history))
			}
		})
	}
}

func answered(r localtest.Request, status int, replayed, body string) step {
	answer := localtest.Answer{Status: status, Headers: map[string]string{}, Body: "{" + body + "}"}
	if replayed != "" {
		answer.Headers["Idempotency-Replayed"] = replayed
	}
	return step{kind: register, request: r, at: "2024-01-05T00:00:00.000Z", answered: true, answer: answer}
}

func body(name string, r localtest.Request, at, deletedAt string) string {
	deleted, updated := "null", at
	if deletedAt != "" {
		deleted, updated = `"`+deletedAt+`"`, deletedAt
	}
	return fmt.Sprintf(`%q:{"userId":%d,"organizationId":%d,"scope":%d,"permissions":{"group":%d,"manage":[],"read":[]},`+
		`"createdAt":%q,"updatedAt":%q,"deletedAt":%s}`, name, r.User, r.Organization, r.Scope, r.Group, at, updated, deleted)
}

func item(r localtest.Request, at string, deletedAt *string) *localtest.Item {
	m := r.Membership()
	m.CreatedAt, m.UpdatedAt, m.DeletedAt = at, at, deletedAt
	return &localtest.Item{Membership: m, RegisteredBy: r.Caller, RequestID: r.ID, IdempotencyKey: r.IdempotencyKey}
}
