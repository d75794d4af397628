package gateway

import (
	"maps"
	"testing"

	"users-organizations/infra/local/template"
)

func TestResources(t *testing.T) {
	t.Parallel()
	root := newResource([]template.Route{
		{Method: "GET", Path: "/users/{id}/items/{item}", Function: "get"},
		{Method: "DELETE", Path: "/users/{id}/items/{item}", Function: "delete"},
		{Method: "GET", Path: "/users/{id}/items", Function: "list"},
		{Method: "POST", Path: "/users/new/{id}/items/{item}", Function: "new"},
		{Method: "ANY", Path: "/any", Function: "any"},
		{Method: "GET", Path: "/any", Function: "one"},
	})
	type parameters = map[string]string
	for _, c := range []struct {
		method, path string
		function     string // none for no route
		parameters   parameters
	}{
		{"GET", "/users/7/items/1", "get", parameters{"id": "7", "item": "1"}},
		{"DELETE", "/users/7/items/1", "delete", parameters{"id": "7", "item": "1"}},
		{"GET", "/users/7/items", "list", parameters{"id": "7"}},
		{"GET", "/users/7/items/", "list", parameters{"id": "7"}},
		{"GET", "/users/7/items//", "", nil},
		{"GET", "/users//items", "", nil},
		{"GET", "/users//items/1", "", nil},
		{"GET", "//users/7/items", "", nil},
		{"GET", "users/7/items", "", nil},
		{"GET", "/users/../items", "list", parameters{"id": ".."}},
		{"GET", "/users/%2F/items", "list", parameters{"id": "%2F"}},
		{"GET", "/users/n%65w/items", "list", parameters{"id": "n%65w"}},
		{"POST", "/users/new/7/items/1", "new", parameters{"id": "7", "item": "1"}},
		{"GET", "/users/new/7/items/1", "", nil},
		{"GET", "/users/new/items", "", nil},
		{"GET", "/users/new/items/1", "", nil},
		{"GET", "/users/NEW/items", "list", parameters{"id": "NEW"}},
		{"PUT", "/users/7/items/1", "", nil},
		{"get", "/users/7/items/1", "", nil},
		{"GET", "/users/7", "", nil},
		{"GET", "/users/7/items/1/2", "", nil},
		{"GET", "/any", "one", parameters{}},
		{"PUT", "/any", "any", parameters{}},
		{"GET", "/", "", nil},
		{"GET", "", "", nil},
	} {
		route, got, ok := root.find(c.method, c.path)
		if ok != (c.function != "") || route.Function != c.function || ok && !maps.Equal(got, c.parameters) {
			t.Errorf("%s %s leads to %q (%v) with %v, want %q with %v", c.method, c.path, route.Function, ok, got, c.function, c.parameters)
		}
	}
}
