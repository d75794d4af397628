package apigateway_test

import (
	"slices"
	"testing"

	"users-organizations/pkg/apigateway"
)

func TestValues(t *testing.T) {
	t.Parallel()
	type single = map[string]string
	type multi = map[string][]string
	for name, c := range map[string]struct {
		headers apigateway.Headers
		want    []string
	}{
		"none":                       {apigateway.Headers{}, nil},
		"absent":                     {apigateway.Headers{MultiValueHeaders: multi{"Accept": {"*/*"}}}, nil},
		"once":                       {apigateway.Headers{MultiValueHeaders: multi{"Authorization": {"a"}}}, []string{"a"}},
		"in another case":            {apigateway.Headers{MultiValueHeaders: multi{"AUTHORIZATION": {"a"}}}, []string{"a"}},
		"twice":                      {apigateway.Headers{MultiValueHeaders: multi{"Authorization": {"a", "b"}}}, []string{"a", "b"}},
		"twice and equal":            {apigateway.Headers{MultiValueHeaders: multi{"Authorization": {"a", "a"}}}, []string{"a", "a"}},
		"in two spellings":           {apigateway.Headers{MultiValueHeaders: multi{"Authorization": {"a"}, "authorization": {"b"}}}, []string{"a", "b"}},
		"single values only":         {apigateway.Headers{Headers: single{"authorization": "a"}}, []string{"a"}},
		"two spellings, single":      {apigateway.Headers{Headers: single{"authorization": "a", "Authorization": "b"}}, []string{"a", "b"}},
		"both forms":                 {apigateway.Headers{Headers: single{"Authorization": "b"}, MultiValueHeaders: multi{"Authorization": {"a", "b"}}}, []string{"a", "b"}},
		"not in the form that rules": {apigateway.Headers{Headers: single{"Authorization": "b"}, MultiValueHeaders: multi{}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.headers.Values("Authorization")
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
