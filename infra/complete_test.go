package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"users-organizations/events"
	"users-organizations/infra/conformance"
	"users-organizations/pkg/openapi"
)

// places are all places where a function or an operation has to be declared.
type places struct {
	// The names of functions.
	folders, listed, rights []string
	// declared are the functions of template.yaml: folders by logical id.
	declared map[string]string
	// routes are the routes of template.yaml: logical ids by method and path.
	routes map[string]string
	// The names of functions that read the stream: by infra/functions.go, and by
	// template.yaml.
	readers, mapped []string
	operations      []openapi.Operation
	// samples and cases have the method and path that a sample event or a
	// conformance case is about.
	samples, cases []string
}

func TestNothingIsForgotten(t *testing.T) {
	t.Parallel()
	for _, line := range placesOf(t, readFile(t, templateFile)).missing() {
		t.Error(line)
	}
}

func TestARouteOnlyInTemplateYAMLIsFound(t *testing.T) {
	t.Parallel()
	template := string(readFile(t, templateFile))
	for change, to := range map[string]string{"Method: POST": "Method: PUT", "/organizations/{": "/organisations/{"} {
		changed := strings.ReplaceAll(template, change, to)
		if got := len(placesOf(t, []byte(changed)).missing()); changed == template || got == 0 {
			t.Errorf("%s, only in template.yaml, is not found", to)
		}
	}
}

// placesOf are the places of this tree, with template as its template.yaml.
func placesOf(t *testing.T, template []byte) places {
	t.Helper()
	p := places{
		rights:     slices.Collect(maps.Keys(rights)),
		declared:   map[string]string{},
		routes:     map[string]string{},
		operations: openapi.Operations(),
		samples:    samples(),
		cases:      cases(t),
	}
	folders, err := os.ReadDir("../functions")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		p.folders = append(p.folders, folder.Name())
	}
	for _, f := range functions {
		p.listed = append(p.listed, f.name)
		if f.readsStream {
			p.readers = append(p.readers, f.name)
		}
	}
	declared := readTemplate(t, template)
	for id, f := range declared.Functions {
		p.declared[id] = f.Folder
	}
	for _, route := range declared.API.Routes {
		p.routes[route.Method+" "+route.Path] = route.Function
	}
	for _, stream := range declared.Streams {
		p.mapped = append(p.mapped, nameOf(stream.Function))
	}
	return p
}

// missing has a line for each function and operation that one place declares
// and another lacks.
func (p places) missing() []string {
	var lines []string
	need := func(is bool, format string, a ...any) {
		if !is {
			lines = append(lines, fmt.Sprintf(format, a...))
		}
	}
	for _, name := range p.functions() {
		id := functionProps{name: name}.id()
		need(slices.Contains(p.folders, name), "functions/%s: there is no such folder", name)
		need(slices.Contains(p.listed, name),
			"infra/functions.go: %s is not listed, so it has no role, log retention, alarms, release and outputs", name)
		need(slices.Contains(p.rights, name), "infra/iam_test.go: rights does not say what %s may do", name)
		need(p.declared[id] == "dist/"+name+"/", "template.yaml: there is no %s with the CodeUri dist/%s/", id, name)
		switch reads, mapped := slices.Contains(p.readers, name), slices.Contains(p.mapped, name); {
		case reads || mapped:
			need(reads, "infra/functions.go: %s lacks readsStream, so it gets no changes", name)
			need(mapped, "template.yaml: %s has no event of the type DynamoDB, so it gets no changes", id)
		case name != authorizer && len(p.routesOf(name)) == 0:
			need(false, "pkg/openapi/openapi.yaml: no operation has x-function: %s; "+
				"a function that reads the stream needs readsStream in infra/functions.go", name)
			need(false, "events/samples.go: there is no sample event for %s", name)
			need(false, "infra/conformance: there is no case for %s", name)
		}
	}
	contract := map[string]string{}
	for _, o := range p.operations {
		contract[o.Method+" "+o.Path] = functionProps{name: o.Function}.id()
	}
	all := maps.Clone(contract)
	maps.Copy(all, p.routes)
	for _, route := range slices.Sorted(maps.Keys(all)) {
		need(contract[route] != "", "pkg/openapi/openapi.yaml: there is no %s", route)
		need(p.routes[route] != "", "template.yaml: there is no route %s", route)
		need(contract[route] == "" || p.routes[route] == "" || contract[route] == p.routes[route],
			"template.yaml routes %s to %s, and openapi.yaml to %s", route, p.routes[route], contract[route])
		need(slices.Contains(p.samples, route), "events/samples.go: there is no sample event for %s", route)
		need(slices.Contains(p.cases, route), "infra/conformance: there is no case for %s", route)
	}
	return lines
}

// functions are the names of all functions of any place, sorted.
func (p places) functions() []string {
	names := slices.Concat(p.folders, p.listed, p.rights)
	for id := range p.declared {
		names = append(names, nameOf(id))
	}
	for _, o := range p.operations {
		names = append(names, o.Function)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nameOf is the name of a function by its logical id.
func nameOf(id string) string { return strings.ToLower(strings.TrimSuffix(id, "Function")) }

// routesOf are the routes of a function in template.yaml and in openapi.yaml.
func (p places) routesOf(name string) []string {
	var routes []string
	for route, id := range p.routes {
		if id == (functionProps{name: name}).id() {
			routes = append(routes, route)
		}
	}
	for _, o := range p.operations {
		if o.Function == name {
			routes = append(routes, o.Method+" "+o.Path)
		}
	}
	return routes
}

func samples() []string {
	var routes []string
	for _, o := range openapi.Operations() {
		if len(events.Of(o)) > 0 {
			routes = append(routes, o.Method+" "+o.Path)
		}
	}
	return routes
}

// cases are the operations that the conformance cases call, from the requests
// that a server receives. It responds to all with 404.
func cases(t *testing.T) []string {
	t.Helper()
	patterns := map[string]*regexp.Regexp{}
	for _, o := range openapi.Operations() {
		// No path has another character with a meaning in a regular expression.
		pattern := "^" + o.Method + " " + parameter.ReplaceAllString(o.Path, "[^/]+") + "$"
		patterns[o.Method+" "+o.Path] = regexp.MustCompile(pattern)
	}
	var mu sync.Mutex
	called := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		for route, pattern := range patterns {
			if pattern.MatchString(r.Method + " " + r.URL.EscapedPath()) {
				called[route] = true
			}
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	caller := conformance.Caller{Bearer: "a.b.c", Session: "d.e.f"}
	target := conformance.Target{URL: server.URL, Caller: caller, Other: caller, Unscoped: caller, Expired: caller}
	if _, err := conformance.Run(t.Context(), target, io.Discard); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(maps.Keys(called))
}

func TestWhatIsForgottenIsNamed(t *testing.T) {
	t.Parallel()
	const path = "/memberships/{userId}"
	whole := func() places {
		return places{
			folders: []string{"authorizer", "get"}, listed: []string{"authorizer", "get"}, rights: []string{"authorizer", "get"},
			declared:   map[string]string{"AuthorizerFunction": "dist/authorizer/", "GetFunction": "dist/get/"},
			routes:     map[string]string{"GET " + path: "GetFunction"},
			operations: []openapi.Operation{{Method: "GET", Path: path, Function: "get"}},
			samples:    []string{"GET " + path}, cases: []string{"GET " + path},
		}
	}
	reader := func() places {
		return places{
			folders: []string{"authorizer", "get"}, listed: []string{"authorizer", "get"}, rights: []string{"authorizer", "get"},
			declared: map[string]string{"AuthorizerFunction": "dist/authorizer/", "GetFunction": "dist/get/"},
			readers:  []string{"get"}, mapped: []string{"get"},
		}
	}
	none := func() places {
		return places{
			folders: []string{"authorizer"}, listed: []string{"authorizer"}, rights: []string{"authorizer"},
			declared: map[string]string{"AuthorizerFunction": "dist/authorizer/"},
		}
	}
	for _, complete := range []places{whole(), reader()} {
		if lines := complete.missing(); len(lines) > 0 {
			t.Errorf("nothing is forgotten, and got %v", lines)
		}
	}
	const (
		folder   = "functions/get: there is no such folder"
		listed   = "infra/functions.go: get is not listed, so it has no role, log retention, alarms, release and outputs"
		granted  = "infra/iam_test.go: rights does not say what get may do"
		declared = "template.yaml: there is no GetFunction with the CodeUri dist/get/"
		route    = "template.yaml: there is no route GET " + path
		contract = "pkg/openapi/openapi.yaml: there is no GET " + path
		sample   = "events/samples.go: there is no sample event for GET " + path
		covered  = "infra/conformance: there is no case for GET " + path
		reads    = "infra/functions.go: get lacks readsStream, so it gets no changes"
		mapped   = "template.yaml: GetFunction has no event of the type DynamoDB, so it gets no changes"
	)
	unnamed := []string{
		"pkg/openapi/openapi.yaml: no operation has x-function: get; a function that reads the stream needs readsStream in infra/functions.go",
		"events/samples.go: there is no sample event for get", "infra/conformance: there is no case for get",
	}
	for name, test := range map[string]struct {
		add  func(p *places, w places)
		want []string
	}{
		"template.yaml alone": {func(p *places, w places) { p.declared, p.routes = w.declared, w.routes },
			[]string{folder, listed, granted, contract, sample, covered}},
		"infra/functions.go alone": {func(p *places, w places) { p.listed = w.listed },
			slices.Concat([]string{folder, granted, declared}, unnamed)},
		"openapi.yaml alone": {func(p *places, w places) { p.operations = w.operations },
			[]string{folder, listed, granted, declared, route, sample, covered}},
		"a folder alone": {func(p *places, w places) { p.folders = w.folders },
			slices.Concat([]string{listed, granted, declared}, unnamed)},
		"all but the sample": {func(p *places, w places) { *p = w; p.samples = nil }, []string{sample}},
		"all but the case":   {func(p *places, w places) { *p = w; p.cases = nil }, []string{covered}},
		"all but the rights": {func(p *places, w places) { *p = w; p.rights = []string{"authorizer"} }, []string{granted}},
		"another function": {func(p *places, w places) { *p = w; p.routes = map[string]string{"GET " + path: "AuthorizerFunction"} },
			[]string{"template.yaml routes GET " + path + " to AuthorizerFunction, and openapi.yaml to GetFunction"}},
		"all but the stream in infra": {func(p *places, _ places) { *p = reader(); p.readers = nil }, []string{reads}},
		"all but the mapping":         {func(p *places, _ places) { *p = reader(); p.mapped = nil }, []string{mapped}},
		"neither route nor mapping":   {func(p *places, _ places) { *p = reader(); p.readers, p.mapped = nil, nil }, unnamed},
		"readsStream alone": {func(p *places, _ places) { p.listed, p.readers = reader().listed, reader().readers },
			[]string{folder, granted, declared, mapped}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := none()
			test.add(&p, whole())
			if got := p.missing(); !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}
