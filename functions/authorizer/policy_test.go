package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/pkg/caller"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/token"
)

// TestCachedPolicies makes each operation the first call with each set of scopes, and
// applies the cached policy to each operation. The policy must not depend on the first
// call, must allow every operation of the scopes, and distinguishes methods only.
func TestCachedPolicies(t *testing.T) {
	t.Parallel()
	for scopes := range token.All + 1 {
		held := scopes.Format(caller.DefaultPrefix)
		t.Run(held, func(t *testing.T) {
			t.Parallel()
			verbs := map[string]bool{
				http.MethodGet: scopes != 0, http.MethodPost: scopes&token.Write != 0,
				http.MethodPatch: scopes&token.Write != 0, http.MethodDelete: scopes&token.Delete != 0,
			}
			var cached string
			for _, first := range openapi.Operations() {
				data := policyFor(t, held, arnOf(first.Method, first.PathOf(manyOf(7, first.Path)...)))
				if cached != "" && string(data) != cached {
					t.Errorf("%s gets %s, and others %s", first.ID, data, cached)
				}
				cached = string(data)
			}
			for _, next := range openapi.Operations() {
				allowed := allows(t, cached, arnOf(next.Method, next.PathOf(manyOf(8, next.Path)...)))
				if allowed != verbs[next.Method] {
					t.Errorf("%s is allowed: %v, want %v", next.ID, allowed, verbs[next.Method])
				}
				if slices.ContainsFunc(next.Scopes, func(verb string) bool { return scopes&token.ParseVerb(verb) != 0 }) && !allowed {
					t.Errorf("%s is refused to a caller who holds one of its scopes %v", next.ID, next.Scopes)
				}
			}
			const path = "/users-organizations/v1/bo/users/7/organizations/8"
			for _, other := range []string{
				arnOf(http.MethodPut, path), arnOf(http.MethodHead, path), arnOf(http.MethodOptions, path),
				arnOf(http.MethodTrace, path), arnOf("get", path), arnOf("GET", "/payments/v1/bo"),
				arnOf("GET", "/users-organizations/v2/bo"), arnOf("GET", "/users-organizations/v1"),
				strings.Replace(arnOf("GET", path), "/main/", "/other/", 1),
				strings.Replace(arnOf("GET", path), "a1b2c3d4e5", "a1b2c3d4e6", 1),
			} {
				if allows(t, cached, other) {
					t.Errorf("%s is allowed", other)
				}
			}
		})
	}
}

func arnOf(method, path string) string { return sampleStage + "/" + method + path }

// manyOf returns an id for each parameter of the path.
func manyOf(id int, path string) []any { return slices.Repeat([]any{id}, strings.Count(path, "{")) }

// policyFor returns the policy for tokens with that scope in a request to methodARN.
func policyFor(t *testing.T, scope, methodARN string) []byte {
	t.Helper()
	event := sampleEvent(methodARN, authorization(bearerToken(with("scope", scope))), xSession(sessionToken()))
	var out output
	data, err := newTestHandler(&out, sampleKeySource(t)).Invoke(t.Context(), marshal(t, event))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// allows applies a policy to a request as API Gateway does: a Deny overrides, and *
// matches any text (IAM user guide, "Policy evaluation logic").
func allows(t *testing.T, cached, methodARN string) bool {
	t.Helper()
	var response events.APIGatewayCustomAuthorizerResponse
	if err := json.Unmarshal([]byte(cached), &response); err != nil {
		t.Fatal(err)
	}
	effects := map[string]bool{}
	for _, statement := range response.PolicyDocument.Statement {
		for _, resource := range statement.Resource {
			pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(resource), `\*`, ".*") + "$"
			if regexp.MustCompile(pattern).MatchString(methodARN) {
				effects[statement.Effect] = true
			}
		}
	}
	return effects[effectAllow] && !effects[effectDeny]
}
