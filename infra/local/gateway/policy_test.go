package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"users-organizations/pkg/openapi"
)

func TestACachedPolicyIsAppliedToEachMethod(t *testing.T) {
	t.Parallel()
	for name, resources := range map[string][]string{
		"GET":                   {stageARN + "/GET/users-organizations/v1/*"},
		"PATCH POST":            {stageARN + "/P*/users-organizations/*"},
		"DELETE GET":            {stageARN + "/GET/*", stageARN + "/DELETE/*"},
		"GET PATCH POST ":       {stageARN + "/P???H/*", stageARN + "/?ET/*", stageARN + "/POST/*"},
		"DELETE":                {"arn:aws:execute-api:*:*:*/main/DELETE/*"},
		"none":                  {stageARN + "/get/*", "arn:aws:execute-api:eu-west-3:000000000000:local/prod/*", "arn:aws:execute-api:eu-west-3:111111111111:*"},
		"DELETE GET PATCH POST": {stageARN + "/*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			server := (&system{authorizer: func(context.Context, []byte) ([]byte, error) {
				asked.Add(1)
				return []byte(strings.Replace(allow("a"), `["a"]`, strings.ReplaceAll(fmt.Sprintf("%q", resources), `" "`, `","`), 1)), nil
			}}).start(t)
			for _, o := range openapi.Operations() {
				want := http.StatusForbidden
				if strings.Contains(name, o.Method) {
					want = http.StatusCreated
				}
				response, body := call(t, server, pathOf(o), func(r *http.Request) { r.Method = o.Method })
				if response.StatusCode != want {
					t.Errorf("%s responds %d %s, want %d", o.ID, response.StatusCode, body, want)
				}
			}
			if n := asked.Load(); n != 1 {
				t.Errorf("the authorizer was asked %d times", n)
			}
		})
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "", false}, {"*", "", true}, {"**", "abc", true},
		{"a*c", "abbc", true}, {"a*c", "abbd", false}, {"?", "", false}, {"?", "a", true}, {"a?c", "abc", true},
		{"*ab", "aab", true}, {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false}, {"a*", "ba", false},
	} {
		if got := matches(test.pattern, test.text); got != test.want {
			t.Errorf("%q matches %q: %v, want %v", test.pattern, test.text, got, test.want)
		}
	}
}
