package caller_test

import (
	"errors"
	"strings"
	"testing"

	"users-organizations/pkg/caller"
)

var ada = caller.Caller{UserID: "42", SessionID: "s-1", ExpiresAt: 1_700_000_000, Scopes: caller.Read | caller.Delete}

func TestContextSurvivesTheGateway(t *testing.T) {
	t.Parallel()
	context := ada.Context("users-organizations")
	for name, value := range context {
		if _, ok := value.(string); !ok {
			t.Errorf("%s is a %T, and API Gateway passes strings on", name, value)
		}
	}
	context["principalId"] = "42"
	context["integrationLatency"] = 12.0
	context["addedLater"] = "x"
	if got, err := caller.FromContext(context, "users-organizations"); err != nil || got != ada {
		t.Errorf("FromContext = %+v, %v, want %+v", got, err, ada)
	}
}

func TestFromContextRefuses(t *testing.T) {
	t.Parallel()
	without := func(name string, value any) map[string]any {
		c := ada.Context("users-organizations")
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
		"somebody else's context":    {map[string]any{"principalId": "me"}, caller.ErrNone},
		"only a user":                {map[string]any{"userId": "42"}, caller.ErrIncomplete},
		"only a session":             {map[string]any{"sessionId": "s-1"}, caller.ErrIncomplete},
		"only an expiry":             {map[string]any{"expiresAt": "1700000000"}, caller.ErrIncomplete},
		"no user":                    {without("userId", nil), caller.ErrIncomplete},
		"an empty user":              {without("userId", ""), caller.ErrIncomplete},
		"a user that is no string":   {without("userId", 42.0), caller.ErrIncomplete},
		"no session":                 {without("sessionId", nil), caller.ErrIncomplete},
		"no expiry":                  {without("expiresAt", nil), caller.ErrIncomplete},
		"an expiry that is no text":  {without("expiresAt", 1.7e9), caller.ErrIncomplete},
		"an expiry that is no time":  {without("expiresAt", "soon"), caller.ErrIncomplete},
		"an expiry that is negative": {without("expiresAt", "-1"), caller.ErrIncomplete},
		"an expiry of zero":          {without("expiresAt", "0"), caller.ErrIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := caller.FromContext(c.context, "users-organizations"); !errors.Is(err, c.want) {
				t.Errorf("FromContext = %+v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestScopesOfAContext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scope any
		want  caller.Scopes
	}{
		"one":                   {"members:write", caller.Write},
		"all, in any order":     {"members:history members:delete members:write members:read", caller.All},
		"twice":                 {strings.Repeat(" members:read", 2), caller.Read},
		"beside other words":    {"openid members:read payments:write", caller.Read},
		"of another prefix":     {"users-organizations:write", 0},
		"a longer word":         {"members:writer xmembers:write members:write:all", 0},
		"another case":          {"Members:write members:Write", 0},
		"an unknown verb":       {"members:approve", 0},
		"only the prefix":       {"members: members", 0},
		"empty":                 {"", 0},
		"a tab between":         {"members:read\tmembers:write", 0},
		"not a string":          {7.0, 0},
		"no string, as decoded": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			context := ada.Context("members")
			context["scope"] = c.scope
			got, err := caller.FromContext(context, "members")
			if err != nil || got.Scopes != c.want {
				t.Errorf("scopes %b, %v, want %b", got.Scopes, err, c.want)
			}
		})
	}
	older := ada.Context("members")
	delete(older, "scope")
	if got, err := caller.FromContext(older, "members"); err != nil || got.Scopes != caller.Write {
		t.Errorf("a context from before scopes allows %b, %v, want write alone", got.Scopes, err)
	}
}
