package caller_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/token"
)

var ada = token.Holder{UserID: "42", SessionID: "s-1", ExpiresAt: 1_700_000_000, Scopes: token.Read | token.Delete}

// received returns a context as a function reads it in the gateway's event.
func received(t *testing.T, context map[string]any) map[string]string {
	t.Helper()
	event, err := json.Marshal(map[string]any{"authorizer": context})
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Authorizer apigateway.Texts `json:"authorizer"`
	}
	if err := apigateway.Decode(event, &read); err != nil {
		t.Fatal(err)
	}
	return read.Authorizer
}

func TestContextSurvivesTheGateway(t *testing.T) {
	t.Parallel()
	context := caller.Context(ada, "users-organizations")
	for name, value := range context {
		if _, ok := value.(string); !ok {
			t.Errorf("%s is a %T, want a string", name, value)
		}
	}
	context["principalId"] = "42"
	context["integrationLatency"] = 12.0
	context["addedLater"] = "x"
	if got, err := caller.FromContext(received(t, context), "users-organizations"); err != nil || got != ada {
		t.Errorf("FromContext = %+v, %v, want %+v", got, err, ada)
	}
}

func TestFromContextRefuses(t *testing.T) {
	t.Parallel()
	without := func(name string, value any) map[string]any {
		c := caller.Context(ada, "users-organizations")
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	for name, c := range map[string]struct {
		context map[string]any
		want    error
	}{
		"no context":                 {nil, caller.ErrNone},
		"another context":            {map[string]any{"principalId": "me"}, caller.ErrNone},
		"only a user":                {map[string]any{"userId": "42"}, caller.ErrIncomplete},
		"only a session":             {map[string]any{"sessionId": "s-1"}, caller.ErrIncomplete},
		"only an expiry":             {map[string]any{"expiresAt": "1700000000"}, caller.ErrIncomplete},
		"only a scope":               {map[string]any{"scope": "users-organizations:write"}, caller.ErrIncomplete},
		"no user":                    {without("userId", nil), caller.ErrIncomplete},
		"an empty user":              {without("userId", ""), caller.ErrIncomplete},
		"a user that is a number":    {without("userId", 42.0), caller.ErrIncomplete},
		"no session":                 {without("sessionId", nil), caller.ErrIncomplete},
		"no expiry":                  {without("expiresAt", nil), caller.ErrIncomplete},
		"an expiry that is a number": {without("expiresAt", 1.7e9), caller.ErrIncomplete},
		"an expiry that is a word":   {without("expiresAt", "soon"), caller.ErrIncomplete},
		"an expiry that is negative": {without("expiresAt", "-1"), caller.ErrIncomplete},
		"an expiry of zero":          {without("expiresAt", "0"), caller.ErrIncomplete},
		"an expiry with a fraction":  {without("expiresAt", "1700000000.5"), caller.ErrIncomplete},
		"an expiry beyond int64":     {without("expiresAt", "9223372036854775808"), caller.ErrIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := caller.FromContext(received(t, c.context), "users-organizations"); !errors.Is(err, c.want) {
				t.Errorf("FromContext = %+v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestScopesOfAContext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scope any
		want  token.Scopes
	}{
		"one":                {"members:write", token.Write},
		"all":                {"members:read members:write members:delete members:history", token.All},
		"beside other words": {"openid members:read payments:write members:approve", token.Read},
		"of another prefix":  {"users-organizations:write", 0},
		"longer words":       {"members:writer xmembers:write members:write:all", 0},
		"an unknown verb":    {"members:approve", 0},
		"empty":              {"", 0},
		"a number":           {7.0, 0},
		"a list":             {[]any{"members:write"}, 0},
		"an object":          {map[string]any{"members:write": true}, 0},
		"true":               {true, 0},
		"null":               {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			context := caller.Context(ada, "members")
			context["scope"] = c.scope
			want := ada
			want.Scopes = c.want
			if got, err := caller.FromContext(received(t, context), "members"); err != nil || got != want {
				t.Errorf("FromContext = %+v, %v, want %+v", got, err, want)
			}
		})
	}
	older := caller.Context(ada, "members")
	delete(older, "scope")
	if got, err := caller.FromContext(received(t, older), "members"); err != nil || got.Scopes != token.Write {
		t.Errorf("a context without a scope allows %04b, %v, want write alone", got.Scopes, err)
	}
}

func TestScopePrefix(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                    "users-organizations",
		"users-organizations": "users-organizations",
		"acme.members/v1":     "acme.members/v1",
		"!#[]~":               "!#[]~",
	} {
		getenv := func(name string) string { return map[string]string{"AUTH_SCOPE_PREFIX": value}[name] }
		if got, err := caller.ScopePrefix(getenv); err != nil || got != want {
			t.Errorf("ScopePrefix of %q = %q, %v, want %q", value, got, err, want)
		}
	}
	for _, value := range []string{" ", "a b", "a\t", `a"`, `a\`, "a:", ":", "a\x7f", "é", "\xff", "a\n"} {
		if got, err := caller.ScopePrefix(func(string) string { return value }); err == nil || !strings.Contains(err.Error(), "AUTH_SCOPE_PREFIX must be") {
			t.Errorf("ScopePrefix of %q = %q, %v, want an error that names the variable", value, got, err)
		}
	}
}
