package main_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"users-organizations/pkg/openapi"
)

// statuses sends a request for each operation twice, the second time with a cached
// policy. Apart from their scopes, the requests have a wrong If-Match and a wrong
// body, so that they change nothing.
func (c client) statuses(t *testing.T) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, o := range openapi.Operations() {
		ids := []any{int64(77_200_000), int64(1)}[:len(o.Parameters())]
		fresh, cached := c.ask(t, o.ID, "", ids, "x", "{"), c.ask(t, o.ID, "", ids, "x", "{")
		if fresh.status != cached.status {
			t.Errorf("%s: %d, and cached %d", o.ID, fresh.status, cached.status)
		}
		all[o.ID] = fresh.status
	}
	return all
}

// allowed gives the operations for which one of the scopes suffices.
func allowed(verbs ...string) []string {
	var all []string
	for _, o := range openapi.Operations() {
		if slices.ContainsFunc(o.Scopes, func(verb string) bool { return slices.Contains(verbs, verb) }) {
			all = append(all, o.ID)
		}
	}
	return all
}

func (c client) expectAllowed(t *testing.T, operations []string) {
	t.Helper()
	for operation, status := range c.statuses(t) {
		if refused := status == 403; refused == slices.Contains(operations, operation) || status == 401 || status >= 500 {
			t.Errorf("%s: %d, want only %q allowed", operation, status, operations)
		}
	}
}

// TestWordsOfAScope: words of a bearer token's scope are scopes of this service, or
// only look like them.
func TestWordsOfAScope(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	for scope, verbs := range map[string][]string{
		"":                           nil,
		"openid":                     nil,
		"payments:write":             nil,
		"users-organizations:writer": nil,
		"xusers-organizations:write": nil,
		"USERS-ORGANIZATIONS:WRITE":  nil,
		"users-organizations:approve users-organizations: write": nil,
		"openid users-organizations:read payments:delete":        {"read"},
		"users-organizations:read users-organizations:deleter":   {"read"},
		"users-organizations:delete users-organizations:read":    {"read", "delete"},
	} {
		t.Run(scope, func(t *testing.T) {
			t.Parallel()
			s.as(t, "-scope", scope, "-session", scope+".").expectAllowed(t, allowed(verbs...))
		})
	}
}

// TestContextsOfOtherAuthorizers: the authorizer's policy allows everything, and its
// context is one that a function may get during a release, or a wrong one.
func TestContextsOfOtherAuthorizers(t *testing.T) {
	t.Parallel()
	contexts := map[string]struct {
		scope string
		verbs []string
	}{
		"one-without-scope":       {``, []string{"write"}},
		"one-with-an-empty-scope": {`,"scope":""`, nil},
		"one-with-unknown-scopes": {`,"scope":"users-organizations:approve openid"`, nil},
		"one-with-another-prefix": {`,"scope":"payments:write"`, nil},
		"one-with-a-number":       {`,"scope":7`, nil},
		"one-with-null":           {`,"scope":null`, nil},
		"one-with-two-scopes":     {`,"scope":"users-organizations:delete users-organizations:later users-organizations:read"`, []string{"delete", "read"}},
	}
	var cases strings.Builder
	for token, context := range contexts {
		fmt.Fprintf(&cases, "*%s*) scope='%s';;\n", token, context.scope)
	}
	binaries := copyFunctions(t)
	replace(t, binaries, "authorizer", `api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
		while event=$(curl -sf -D - "$api/next"); do
			id=$(echo "$event" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: \([^[:space:]]*\).*/\1/p')
			case "$event" in `+cases.String()+`esac
			curl -s -d '{"principalId":"1","policyDocument":{"Version":"2012-10-17","Statement":[
				{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]},
				"context":{"userId":"1","sessionId":"s","expiresAt":"4102444800"'"$scope"'}}' "$api/$id/response" >/dev/null
		done`)
	s := start(t, options{binaries: binaries})
	for token, context := range contexts {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			c := client{s, map[string][]string{"Authorization": {"Bearer x"}, "X-Session-Token": {token}}}
			c.expectAllowed(t, allowed(context.verbs...))
		})
	}
}
