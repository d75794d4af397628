package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// The sample keys of events/, which SAM's functions know, sign tokens too.
func TestTokensHaveTheirClaims(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		want      map[string]any
	}{
		"as the template's authorizer asks": {nil, map[string]any{"scope": "users-organizations:read users-organizations:write users-organizations:delete users-organizations:history", "iss": nil, "aud": nil}},
		"without a scope":                   {[]string{"-scope", ""}, map[string]any{"scope": ""}},
		"for another authorizer": {
			[]string{"-issuer", "https://auth.example", "-audience", "them", "-scope", "read"},
			map[string]any{"scope": "read", "iss": "https://auth.example", "aud": "them"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			arguments := append([]string{"-data", "../../events", "-template", "../../template.yaml"}, test.arguments...)
			if err := printTokens(t.Context(), arguments, nil, &out, io.Discard); err != nil {
				t.Fatal(err)
			}
			var minted tokens
			if err := json.Unmarshal(out.Bytes(), &minted); err != nil {
				t.Fatal(err)
			}
			claims := jwt.MapClaims{}
			bearer, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(minted.Authorization, "Bearer "), claims)
			if err != nil {
				t.Fatal(err)
			}
			if bearer.Header["kid"] != "sample-bearer-protects-nothing" {
				t.Errorf("the key is %v, want that of events/keys.json", bearer.Header["kid"])
			}
			for claim, want := range test.want {
				if claims[claim] != want {
					t.Errorf("%s is %v, want %v", claim, claims[claim], want)
				}
			}
		})
	}
}

func TestTokensNeedAUserAndASession(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{"-user", ""}, {"-session", ""}} {
		arguments = append([]string{"-data", "../../events", "-template", "../../template.yaml"}, arguments...)
		var out bytes.Buffer
		err := printTokens(t.Context(), arguments, nil, &out, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "such as -user 42") || out.Len() > 0 {
			t.Errorf("%v: %v and %q, want only an error that says what to do", arguments, err, &out)
		}
	}
}
