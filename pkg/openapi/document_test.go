package openapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"users-organizations/pkg/openapi"
)

// TestDocumentIsOpenAPI31 has the checks that are cheap in Go: the version, the
// schemas, and the target of each reference. `make lint` checks the whole document
// against OpenAPI 3.1, by Redocly's rule struct.
func TestDocumentIsOpenAPI31(t *testing.T) {
	t.Parallel()
	root := readAny(t)
	if v := root["openapi"]; v != "3.1.0" {
		t.Errorf("version %v", v)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:openapi", root); err != nil {
		t.Fatal(err)
	}
	for name := range member(t, root, "components", "schemas") {
		if _, err := c.Compile("urn:openapi#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
	}
	walk("", root, func(at string, object map[string]any) {
		ref, ok := object["$ref"].(string)
		if !ok {
			return
		}
		parts := strings.Split(strings.TrimPrefix(ref, "#/components/"), "/")
		if len(parts) != 2 || member(t, root, "components", parts[0])[parts[1]] == nil {
			t.Errorf("%s: there is no %s", at, ref)
		}
	})
}

// TestSchemasBecomeGoodTypes has the rules by which generated clients read well and
// work.
func TestSchemasBecomeGoodTypes(t *testing.T) {
	t.Parallel()
	root := readAny(t)
	varnames := map[any]string{}
	for name, schema := range member(t, root, "components", "schemas") {
		walk(name, schema, func(at string, s map[string]any) {
			isProperties := strings.HasSuffix(at, "/properties")
			for _, rule := range []struct {
				broken bool
				why    string
			}{
				{s["const"] != nil && s["type"] == nil, "a const without a type becomes any"},
				{s["enum"] != nil && s["type"] == nil, "an enum without a type becomes any"},
				{s["pattern"] != nil && s["format"] != nil, "clients match the pattern on the value that they decoded by the format"},
				{s["allOf"] != nil || s["oneOf"] != nil || s["anyOf"] != nil, "a type made of others is hard to read: write one flat schema"},
				{s["properties"] != nil && at != name, "an object within another has no name: make it a schema of its own"},
				{s["enum"] != nil && at != name, "an enum within an object has no name: make it a schema of its own"},
			} {
				if rule.broken && !isProperties {
					t.Errorf("%s: %s", at, rule.why)
				}
			}
			values, _ := s["enum"].([]any)
			if s["const"] != nil && !isProperties {
				values = []any{s["const"]}
			}
			names, _ := s["x-enum-varnames"].([]any)
			if len(names) != len(values) {
				t.Errorf("%s: x-enum-varnames has %d names for %d values", at, len(names), len(values))
			}
			for _, n := range names {
				if other := varnames[n]; other != "" {
					t.Errorf("%s: %s has a constant %s, too", at, other, n)
				}
				varnames[n] = at
			}
		})
	}
}

// TestParametersBecomeGoodTypes: openapi-generator makes any of a reference with a
// default beside it. The default must be in the schema that it refers to.
func TestParametersBecomeGoodTypes(t *testing.T) {
	t.Parallel()
	walk("parameters", member(t, readAny(t), "components", "parameters"), func(at string, s map[string]any) {
		if s["$ref"] != nil && s["default"] != nil {
			t.Errorf("%s has a default beside its $ref", at)
		}
	})
}

// TestNoServerBelongsToAStranger: a client that keeps the default server sends its tokens
// there, so no server may belong to somebody else.
func TestNoServerBelongsToAStranger(t *testing.T) {
	t.Parallel()
	servers := readDocument(t).Servers
	if len(servers) == 0 {
		t.Error("the document names no server")
	}
	for _, server := range servers {
		address := server.URL
		for name, variable := range server.Variables {
			address = strings.ReplaceAll(address, "{"+name+"}", variable.Default)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if host := u.Hostname(); host != "127.0.0.1" && !strings.HasSuffix(host, ".invalid") {
			t.Errorf("%s leads to %s, which may belong to somebody else", server.URL, host)
		}
	}
}

// TestProblemsAreAlike: each problem has a schema of its own, in which the common
// members must not differ.
func TestProblemsAreAlike(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	first := d.Components.Schemas["InvalidRequest"]
	for name, s := range d.Components.Schemas {
		if _, isProblem := s.Properties["title"]; !isProblem || name == "GatewayRefusal" {
			continue
		}
		for _, field := range []string{"type", "title", "status", "detail", "requestId"} {
			if !slices.Contains(s.Required, field) || s.Properties[field].Description != first.Properties[field].Description {
				t.Errorf("%s: %s is not required, or has another description than in InvalidRequest", name, field)
			}
		}
	}
}

// walk calls visit for each object in v, with its path.
func walk(at string, v any, visit func(at string, object map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(at, v)
		for name, value := range v {
			walk(at+"/"+name, value, visit)
		}
	case []any:
		for _, item := range v {
			walk(at, item, visit)
		}
	}
}

// TestEveryCodeTellsWhatToDo compares the codes with their explanations, and those
// with the table in the description.
func TestEveryCodeTellsWhatToDo(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	codes := d.Components.Schemas["ViolationCode"]
	var want []string
	for _, c := range codes.Enum {
		name := fmt.Sprint(c)
		if codes.Descriptions[name] == "" {
			t.Errorf("the code %s is not explained", name)
		}
		want = append(want, fmt.Sprintf("| `%s` | %s |", name, codes.Descriptions[name]))
	}
	if len(codes.Descriptions) != len(codes.Enum) {
		t.Errorf("the explained codes are %v, want %v", codes.Descriptions, codes.Enum)
	}
	if got := rows(d.Info.Description, "| `code` | What to do |\n|---|---|\n"); !slices.Equal(got, want) {
		t.Errorf("the table of codes is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestEveryProblemTellsWhatToDo compares the responses with the table in the
// description.
func TestEveryProblemTellsWhatToDo(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	problems := map[string]bool{}
	for _, o := range openapi.Operations() {
		for status, response := range d.operation(o).Responses {
			for _, problemType := range d.problemTypes(d.Components.Responses[response.name()]) {
				if code, ours := strings.CutPrefix(fmt.Sprint(problemType), "urn:users-organizations:problem:"); ours {
					problems[fmt.Sprintf("| %s `%s`", status, code)] = true
				}
			}
		}
	}
	var documented []string
	for _, row := range rows(d.Info.Description, "| Status and end of `type` | What to do |\n|---|---|\n") {
		problem, _, _ := strings.Cut(row, " | ")
		documented = append(documented, problem)
	}
	sameSet(t, "the first column of the table of problems", documented, slices.Collect(maps.Keys(problems)))
}

// document is the part of openapi.yaml that the tests read.
type document struct {
	Info    struct{ Description string }
	Servers []struct {
		URL       string
		Variables map[string]struct{ Default string }
	}
	Paths      map[string]map[string]operation
	Components struct {
		PathItems map[string]map[string]operation
		Responses map[string]response
		Schemas   map[string]schema
	}
}

type operation struct {
	Summary     string
	RequestBody struct{ Content map[string]content }
	Responses   map[string]reference
}

type response struct {
	Headers map[string]reference
	Content map[string]content
}

type content struct {
	Schema   reference
	Examples map[string]struct{ Value json.RawMessage }
}

type schema struct {
	reference
	Description  string
	Required     []string
	Properties   map[string]schema
	Items        *schema
	Const        any
	Enum         []any
	Descriptions map[string]string `json:"x-enumDescriptions"`
}

// values returns the values that the schema allows, if it names them.
func (s schema) values() []any {
	if s.Const != nil {
		return []any{s.Const}
	}
	return s.Enum
}

type reference struct {
	Ref string `json:"$ref"`
}

func (r reference) name() string { return r.Ref[strings.LastIndex(r.Ref, "/")+1:] }

// operation returns the part of the document that describes o.
func (d document) operation(o openapi.Operation) operation {
	return d.Paths[o.Path][strings.ToLower(o.Method)]
}

// problemTypes returns the types of the problems that r can have.
func (d document) problemTypes(r response) []any {
	named := d.Components.Schemas[r.Content["application/problem+json"].Schema.name()].Properties["type"]
	if named.Ref != "" {
		named = d.Components.Schemas[named.name()]
	}
	return named.values()
}

func readDocument(t *testing.T) document {
	t.Helper()
	text, err := openapi.JSON("")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	for _, o := range openapi.Operations() {
		if len(d.operation(o).Responses) == 0 {
			t.Fatalf("the document has no responses for %s", o.ID)
		}
	}
	return d
}
