package api

import (
	"maps"
	"slices"
	"testing"

	"users-organizations/pkg/apigateway"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event string
		want  map[string][]string
	}{
		"none":                  {`{}`, nil},
		"null in both forms":    {`{"queryStringParameters":null,"multiValueQueryStringParameters":null}`, nil},
		"both forms":            {`{"queryStringParameters":{"a":"2"},"multiValueQueryStringParameters":{"a":["1","2"],"b":[""]}}`, map[string][]string{"a": {"1", "2"}, "b": {""}}},
		"both forms, swapped":   {`{"multiValueQueryStringParameters":{"a":["1","2"]},"queryStringParameters":{"a":"2"}}`, map[string][]string{"a": {"1", "2"}}},
		"single values only":    {`{"queryStringParameters":{"a":"1","b":""},"multiValueQueryStringParameters":null}`, map[string][]string{"a": {"1"}, "b": {""}}},
		"an empty multi form":   {`{"queryStringParameters":{"a":"1"},"multiValueQueryStringParameters":{}}`, nil},
		"a name in two cases":   {`{"multiValueQueryStringParameters":{"a":["1"],"A":["2"]}}`, map[string][]string{"a": {"1"}, "A": {"2"}}},
		"two members of a name": {`{"multiValueQueryStringParameters":{"a":["1"],"a":["2"]}}`, map[string][]string{"a": {"1", "2"}}},
		"a single name twice":   {`{"queryStringParameters":{"a":"1","a":"2"}}`, map[string][]string{"a": {"1", "2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e event
			if err := apigateway.Decode([]byte(c.event), &e); err != nil {
				t.Fatal(err)
			}
			if got := e.query(); !maps.EqualFunc(got, c.want, slices.Equal) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
