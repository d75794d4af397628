package apigateway_test

import (
	"slices"
	"strings"
	"testing"

	"users-organizations/pkg/apigateway"
)

func TestValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event string
		want  []string
	}{
		"none":                       {`{}`, nil},
		"absent":                     {`{"multiValueHeaders":{"Accept":["*/*"]}}`, nil},
		"once":                       {`{"multiValueHeaders":{"Authorization":["a"]}}`, []string{"a"}},
		"in another case":            {`{"multiValueHeaders":{"AUTHORIZATION":["a"]}}`, []string{"a"}},
		"with a Turkish i":           {`{"multiValueHeaders":{"Authorİzation":["a"],"Authorızation":["b"]}}`, nil},
		"with an escaped letter":     {`{"multiValueHeaders":{"\u0041uthorization":["a"]}}`, []string{"a"}},
		"beside other headers":       {`{"multiValueHeaders":{"Accept":["*/*"],"Authorization":["a"],"X-Authorization":["b"],"Authorization2":["c"]}}`, []string{"a"}},
		"beside values of any kind":  {`{"multiValueHeaders":{"Accept":[1],"Authorization":["a"],"Via":{"x":null}}}`, []string{"a"}},
		"twice":                      {`{"multiValueHeaders":{"Authorization":["a","b"]}}`, []string{"a", "b"}},
		"twice and equal":            {`{"multiValueHeaders":{"Authorization":["a","a"]}}`, []string{"a", "a"}},
		"in two spellings":           {`{"multiValueHeaders":{"Authorization":["a"],"authorization":["b"]}}`, []string{"a", "b"}},
		"in two members of one name": {`{"multiValueHeaders":{"Authorization":["a"],"Authorization":["b"]}}`, []string{"a", "b"}},
		"without a value":            {`{"multiValueHeaders":{"Authorization":[]}}`, nil},
		"null":                       {`{"multiValueHeaders":{"Authorization":null}}`, nil},
		"single values only":         {`{"headers":{"authorization":"a"}}`, []string{"a"}},
		"single values, null beside": {`{"headers":{"authorization":"a"},"multiValueHeaders":null}`, []string{"a"}},
		"a null among single values": {`{"headers":{"authorization":null}}`, []string{""}},
		"two spellings, single":      {`{"headers":{"authorization":"a","Authorization":"b"}}`, []string{"a", "b"}},
		"both forms":                 {`{"headers":{"Authorization":"b"},"multiValueHeaders":{"Authorization":["a","b"]}}`, []string{"a", "b"}},
		"both forms, swapped":        {`{"multiValueHeaders":{"Authorization":["a","b"]},"headers":{"Authorization":"b"}}`, []string{"a", "b"}},
		"an empty multi form":        {`{"headers":{"Authorization":"b"},"multiValueHeaders":{}}`, nil},
		"below another member":       {`{"requestContext":{"headers":{"Authorization":"b"}}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var headers apigateway.Headers
			if err := apigateway.Decode([]byte(c.event), &headers); err != nil {
				t.Fatal(err)
			}
			if got := headers.Values(apigateway.Authorization); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestHeaderNames: each header is found by its own name, in any case, and no other.
func TestHeaderNames(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]apigateway.Header{
		"Authorization":    apigateway.Authorization,
		"X-SESSION-TOKEN":  apigateway.SessionToken,
		"Content-type":     apigateway.ContentType,
		"content-encoding": apigateway.ContentEncoding,
		"IDEMPOTENCY-KEY":  apigateway.IdempotencyKey,
		"if-match":         apigateway.IfMatch,
	} {
		var headers apigateway.Headers
		if err := apigateway.Decode([]byte(`{"multiValueHeaders":{"`+name+`":["a"]}}`), &headers); err != nil {
			t.Fatal(err)
		}
		for other := apigateway.Authorization; other <= apigateway.IfMatch; other++ {
			if got := len(headers.Values(other)); (got == 1) != (other == header) {
				t.Errorf("%s: %d values of %s", name, got, other)
			}
		}
		if !strings.EqualFold(header.String(), name) {
			t.Errorf("%s is named %s", name, header)
		}
	}
	var headers apigateway.Headers
	if err := apigateway.Decode([]byte(`{"headers":{"x-session-to\u212aen":"a"}}`), &headers); err != nil || headers.Values(apigateway.SessionToken) != nil {
		t.Errorf("a Kelvin sign counts as a k: %q, %v", headers.Values(apigateway.SessionToken), err)
	}
}
