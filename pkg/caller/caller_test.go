package caller_test

import (
	"errors"
	"testing"
	"time"

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

func TestTimesWithLeeway(t *testing.T) {
	t.Parallel()
	const at = 1_700_000_000
	for name, c := range map[string]struct {
		now           time.Time
		passed, ahead bool
	}{
		"long before":                   {time.Unix(at-61, 0), false, true},
		"a moment before the leeway":    {time.Unix(at-60, -1), false, true},
		"at the leeway before":          {time.Unix(at-60, 0), false, false},
		"at the time":                   {time.Unix(at, 0), false, false},
		"a moment before the leeway is": {time.Unix(at+60, -1), false, false},
		"at the leeway after":           {time.Unix(at+60, 0), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := caller.Passed(at, c.now); got != c.passed {
				t.Errorf("Passed = %v", got)
			}
			if got := (caller.Caller{ExpiresAt: at}).Expired(c.now); got != c.passed {
				t.Errorf("Expired = %v", got)
			}
			if got := caller.Ahead(at, c.now); got != c.ahead {
				t.Errorf("Ahead = %v", got)
			}
		})
	}
	if caller.Passed(1<<53-1, time.Unix(at, 0)) {
		t.Error("the largest time that a token may carry has passed")
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
		"twice":                 {"members:read members:read", caller.Read},
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
