package main

import (
	"maps"
	"strings"
	"testing"

	"users-organizations/pkg/token"
)

func TestSettingsThatStopTheStart(t *testing.T) {
	t.Parallel()
	keys := string(readEvent(t, "keys"))
	bothKeys := strings.ReplaceAll(keys, "protects-nothing", "pn")
	for name, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"no keys":                    {map[string]string{"AUTH_BEARER_KEYS_SECRET_ID": "", "AUTH_SESSION_KEYS_SECRET_ID": ""}, "AUTH_BEARER_KEYS_SECRET_ID is not set"},
		"no bearer secret":           {map[string]string{"AUTH_BEARER_KEYS_SECRET_ID": ""}, "AUTH_BEARER_KEYS_SECRET_ID is not set"},
		"no session secret":          {map[string]string{"AUTH_SESSION_KEYS_SECRET_ID": ""}, "AUTH_SESSION_KEYS_SECRET_ID is not set"},
		"keys and secrets":           {map[string]string{"AUTH_KEYS": keys}, "AUTH_KEYS is set beside"},
		"keys and one secret":        {map[string]string{"AUTH_KEYS": keys, "AUTH_BEARER_KEYS_SECRET_ID": ""}, "AUTH_KEYS is set beside"},
		"keys that are not JSON":     {map[string]string{"AUTH_KEYS": "x", "AUTH_BEARER_KEYS_SECRET_ID": "", "AUTH_SESSION_KEYS_SECRET_ID": ""}, "AUTH_KEYS: the key document is not one complete JSON text"},
		"keys that break a rule":     {map[string]string{"AUTH_KEYS": strings.Replace(bothKeys, "HS256", "none", 1), "AUTH_BEARER_KEYS_SECRET_ID": "", "AUTH_SESSION_KEYS_SECRET_ID": ""}, `AUTH_KEYS: key "sample-bearer-pn" of the bearer set needs an alg`},
		"no region":                  {map[string]string{"AWS_REGION": ""}, "AWS_REGION is not set"},
		"an endpoint without //":     {map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": "localhost:4566"}, "AWS_ENDPOINT_URL_SECRETS_MANAGER must be a URL"},
		"an endpoint of a file":      {map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": "file:///etc/passwd"}, "AWS_ENDPOINT_URL_SECRETS_MANAGER must be a URL"},
		"an endpoint without a host": {map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://"}, "AWS_ENDPOINT_URL_SECRETS_MANAGER must be a URL"},
		"an endpoint of colons":      {map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": "::"}, "AWS_ENDPOINT_URL_SECRETS_MANAGER must be a URL"},
		"two prefixes":               {map[string]string{"AUTH_SCOPE_PREFIX": "a b"}, "AUTH_SCOPE_PREFIX must be"},
		"a prefix with a tab":        {map[string]string{"AUTH_SCOPE_PREFIX": "a\t"}, "AUTH_SCOPE_PREFIX must be"},
		"a prefix with its colon":    {map[string]string{"AUTH_SCOPE_PREFIX": "a:"}, "AUTH_SCOPE_PREFIX must be"},
		"a prefix with a quote":      {map[string]string{"AUTH_SCOPE_PREFIX": `a"`}, "AUTH_SCOPE_PREFIX must be"},
		"a prefix with a backslash":  {map[string]string{"AUTH_SCOPE_PREFIX": `a\`}, "AUTH_SCOPE_PREFIX must be"},
		"a prefix that is not ASCII": {map[string]string{"AUTH_SCOPE_PREFIX": "é"}, "AUTH_SCOPE_PREFIX must be"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := variables("http://127.0.0.1:1")
			maps.Copy(all, c.change)
			var out output
			_, err := newHandler(t.Context(), environment(all), &out)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if out.String() != "" {
				t.Errorf("logged %s: one message is enough", out.String())
			}
		})
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variables map[string]string
		want      token.Rules
	}{
		"nothing set": {nil, token.Rules{Prefix: "users-organizations"}},
		"all empty": {
			map[string]string{"AUTH_ISSUER": "", "AUTH_AUDIENCE": "", "AUTH_SCOPE_PREFIX": ""},
			token.Rules{Prefix: "users-organizations"},
		},
		"all set": {
			map[string]string{"AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a", "AUTH_SCOPE_PREFIX": "s~!"},
			token.Rules{Issuer: "i", Audience: "a", Prefix: "s~!"},
		},
	} {
		if got, err := readRules(environment(c.variables)); err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}
