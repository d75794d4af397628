package token_test

import (
	"testing"

	"users-organizations/pkg/token"
)

func TestParseScopes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]token.Scopes{
		"members:read":    token.Read,
		"members:write":   token.Write,
		"members:delete":  token.Delete,
		"members:history": token.History,
		"members:history members:delete members:write members:read": token.All,
		"members:read openid members:read":                          token.Read,
		"openid members:read payments:write":                        token.Read,
		"members:approve members:read":                              token.Read,
		" members:read  members:write ":                             token.Read | token.Write,
		"":                                                          0,
		"members":                                                   0,
		"members:":                                                  0,
		"members:*":                                                 0,
		"write":                                                     0,
		":write":                                                    0,
		"users-organizations:write":                                 0,
		"members:writer":                                            0,
		"members:write:all":                                         0,
		"xmembers:write":                                            0,
		"members:members:write":                                     0,
		"Members:write":                                             0,
		"members:Write":                                             0,
		"MEMBERS:WRITE":                                             0,
		"members:approve":                                           0,
		"members :write":                                            0,
		"members: write":                                            0,
		"members:read\tmembers:write":                               0,
		"members:read\nmembers:write":                               0,
		"members:read,members:write":                                0,
		"members:read\u00a0members:write":                           0,
		`"members:write"`:                                           0,
		`members:write\`:                                            0,
		"members:write~":                                            0,
		"members:write\x00":                                         0,
		"mëmbers:write":                                             0,
		"members::write":                                            0,
		"members:delet\u0435":                                       0,
		"members:read;members:write":                                0,
	} {
		if got := token.ParseScopes(text, "members"); got != want {
			t.Errorf("ParseScopes(%q) = %04b, want %04b", text, got, want)
		}
	}
}

func TestParseScopesReadsWhatFormatWrites(t *testing.T) {
	t.Parallel()
	for scopes := range token.All + 1 {
		if got := token.ParseScopes(scopes.Format("acme.members"), "acme.members"); got != scopes {
			t.Errorf("%q is read as %04b", scopes.Format("acme.members"), got)
		}
	}
	if got, want := token.All.Format("m"), "m:read m:write m:delete m:history"; got != want {
		t.Errorf("all scopes are written %q, want %q", got, want)
	}
}

func TestParseVerb(t *testing.T) {
	t.Parallel()
	for verb, want := range map[string]token.Scopes{
		"read": token.Read, "write": token.Write, "delete": token.Delete, "history": token.History,
		"": 0, "Read": 0, "reads": 0, "users-organizations:read": 0, "read write": 0,
	} {
		if got := token.ParseVerb(verb); got != want {
			t.Errorf("ParseVerb(%q) = %04b, want %04b", verb, got, want)
		}
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	holder := token.Holder{Scopes: token.Read | token.Delete}
	for scopes, want := range map[token.Scopes]bool{
		0: false, token.Read: true, token.Write: false, token.Delete: true, token.History: false,
		token.Write | token.History: false, token.Write | token.Delete: true, token.All: true,
	} {
		if got := holder.Holds(scopes); got != want {
			t.Errorf("Holds(%04b) = %v", scopes, got)
		}
	}
	if (token.Holder{}).Holds(token.All) {
		t.Error("a holder without scopes holds one")
	}
}
