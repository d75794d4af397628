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

func TestTokensAreRefusedInOneLine(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{
		"-user=":    "-user and -session must not be empty: give both an id, such as -user 42",
		"-session=": "-user and -session must not be empty: give both an id, such as -user 42",
		"-usr=3":    "flag provided but not defined: -usr (`make token ARGS=-h` lists the flags)",
		"-ttl=5":    `invalid value "5" for flag -ttl: give a lifetime such as 5m (` + "`make token ARGS=-h` lists the flags)",
		"3":         "unexpected argument \"3\" (`make token ARGS=-h` lists the flags)",
	} {
		arguments := []string{"-data", "../../events", "-template", "../../template.yaml", argument}
		var out bytes.Buffer
		err := printTokens(t.Context(), arguments, nil, &out, &out)
		if err == nil || err.Error() != want || out.Len() > 0 {
			t.Errorf("%v: %v and %q, want only %s", arguments, err, &out, want)
		}
	}
}
