package gateway

import (
	"strings"

	"users-organizations/infra/local/template"
)

// anyMethod is the method of a route for all methods.
const anyMethod = "ANY"

// resource is a node of the API's tree of resources.
type resource struct {
	routes map[string]template.Route // by method
	// children are the next segments that have a fixed name.
	children map[string]*resource
	// parameter is the child for any other segment, or nil.
	parameter *resource
	name      string // of a path parameter
}

// newResource makes the tree of routes and gives its root.
func newResource(routes []template.Route) *resource {
	root := &resource{}
	for _, route := range routes {
		r := root
		for segment := range strings.SplitSeq(route.Path, "/") {
			r = r.child(segment)
		}
		if r.routes == nil {
			r.routes = map[string]template.Route{}
		}
		r.routes[route.Method] = route
	}
	return root
}

func (r *resource) child(segment string) *resource {
	if name, isParameter := strings.CutPrefix(segment, "{"); isParameter {
		if r.parameter == nil {
			r.parameter = &resource{name: strings.TrimSuffix(name, "}")}
		}
		return r.parameter
	}
	if r.children == nil {
		r.children = map[string]*resource{}
	}
	if r.children[segment] == nil {
		r.children[segment] = &resource{}
	}
	return r.children[segment]
}

// find gives the route of a method and path, and the path parameters. In each
// segment a fixed name wins over a parameter, even where it then leads nowhere.
// Dots and empty segments are ordinary text, but a parameter is never empty.
//
// Recordings of API Gateway (localstack/localstack, test_apigateway_lambda.snapshot.json)
// show that parameters are not decoded, %2B arrives as %2B, and that one slash
// after the path leads to the same resource and stays only in the event's path.
func (r *resource) find(method, path string) (template.Route, map[string]string, bool) {
	parameters := map[string]string{}
	for segment := range strings.SplitSeq(strings.TrimSuffix(path, "/"), "/") {
		next, named := r.children[segment]
		if !named && r.parameter != nil && segment != "" {
			next = r.parameter
			parameters[next.name] = segment
		}
		if next == nil {
			return template.Route{}, nil, false
		}
		r = next
	}
	route, ok := r.routes[method]
	if !ok {
		route, ok = r.routes[anyMethod]
	}
	return route, parameters, ok
}
