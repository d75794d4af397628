package gateway

import (
	"strings"

	"users-organizations/infra/local/template"
)

// anyMethod is the method of a route that takes every one.
const anyMethod = "ANY"

type route struct {
	template.Route
	segments []string
}

func newRoute(r template.Route) route {
	return route{Route: r, segments: strings.Split(r.Path, "/")}
}

// match compares a path, still percent-encoded, segment by segment, and gives
// the path parameters. Dots and empty segments are text like any other, but
// no parameter is empty.
//
// A REST API hands the parameters to a Lambda function as they were sent, not
// decoded: %40 arrives as %40 (github.com/serverless/serverless/issues/5037,
// read in November 2026).
func (r route) match(method, path string) (map[string]string, bool) {
	segments := strings.Split(path, "/")
	if (method != r.Method && r.Method != anyMethod) || len(segments) != len(r.segments) {
		return nil, false
	}
	parameters := map[string]string{}
	for i, want := range r.segments {
		name, isParameter := strings.CutPrefix(want, "{")
		switch {
		case !isParameter && segments[i] != want, isParameter && segments[i] == "":
			return nil, false
		case isParameter:
			parameters[strings.TrimSuffix(name, "}")] = segments[i]
		}
	}
	return parameters, true
}
