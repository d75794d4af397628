package openapitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"users-organizations/pkg/openapi"
)

// document is the part of openapi.yaml that responses are checked by.
type document struct {
	operations []openapi.Operation
	// promises are the responses of an operation's id, by status or 4XX and 5XX.
	promises map[string]map[string]*promise
	// event is the schema of an event's detail on the event bus.
	event *jsonschema.Schema
}

// promise is a response of the document.
type promise struct {
	headers map[string]*header            // by canonical name
	content map[string]*jsonschema.Schema // by media type
}

type header struct {
	required bool
	schema   *jsonschema.Schema
}

var load = sync.OnceValues(func() (*document, error) {
	text, err := openapi.JSON("")
	if err != nil {
		return nil, err
	}
	var source source
	if err := json.Unmarshal(text, &source); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	schemas, err := newSchemas(text)
	if err != nil {
		return nil, err
	}
	named := map[string]*promise{}
	for name, response := range source.Components.Responses {
		if named["#/components/responses/"+name], err = schemas.promise(name, response, source.Components.Headers); err != nil {
			return nil, err
		}
	}
	event, err := schemas.compile("#/components/schemas/MembershipEvent")
	if err != nil {
		return nil, err
	}
	d := &document{openapi.Operations(), map[string]map[string]*promise{}, event}
	for _, o := range d.operations {
		d.promises[o.ID] = map[string]*promise{}
		for status, response := range source.Paths[o.Path][strings.ToLower(o.Method)].Responses {
			if d.promises[o.ID][status] = named[response.Ref]; named[response.Ref] == nil {
				return nil, fmt.Errorf("openapi.yaml: the response %s of %s is not one of components/responses", status, o.ID)
			}
		}
	}
	return d, nil
})

// source is the part of the document beside its schemas. Responses and headers are
// below components, and operations refer to them.
type source struct {
	Paths      map[string]map[string]struct{ Responses map[string]reference }
	Components struct {
		Responses map[string]response
		Headers   map[string]struct{ Required bool }
	}
}

type response struct {
	Headers map[string]reference
	Content map[string]struct{}
}

type reference struct {
	Ref string `json:"$ref"`
}

// schemas compiles the document's schemas, each closed.
type schemas struct{ compiler *jsonschema.Compiler }

func newSchemas(text []byte) (schemas, error) {
	root, err := parse(text)
	if err != nil {
		return schemas{}, fmt.Errorf("read openapi.yaml: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "date-time", Validate: validateTime})
	if err := c.AddResource("urn:openapi", closed(root)); err != nil {
		return schemas{}, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return schemas{c}, nil
}

// milliseconds is the one form of RFC 3339 in which the service writes times.
var milliseconds = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`)

// validateTime is stricter than the format date-time. The document can't say so:
// generated clients match a pattern beside a format on the decoded value.
func validateTime(v any) error {
	text, ok := v.(string)
	if !ok {
		return nil // the schema's type refuses it
	}
	if !milliseconds.MatchString(text) {
		return errors.New("want three digits of milliseconds and Z")
	}
	_, err := time.Parse(time.RFC3339, text)
	return err
}

// closed sets additionalProperties to false in each schema of v that has properties
// and does not set it.
func closed(v any) any {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			closed(item)
		}
	case map[string]any:
		for _, value := range v {
			closed(value)
		}
		_, isSchema := v["properties"].(map[string]any)
		if _, decided := v["additionalProperties"]; isSchema && !decided {
			v["additionalProperties"] = false
		}
	}
	return v
}

func (s schemas) promise(name string, r response, headers map[string]struct{ Required bool }) (*promise, error) {
	p := &promise{map[string]*header{}, map[string]*jsonschema.Schema{}}
	for field, ref := range r.Headers {
		schema, err := s.compile(ref.Ref + "/schema")
		if err != nil {
			return nil, err
		}
		h := headers[strings.TrimPrefix(ref.Ref, "#/components/headers/")]
		p.headers[http.CanonicalHeaderKey(field)] = &header{h.Required, schema}
	}
	for mediaType := range r.Content {
		escaped := strings.ReplaceAll(mediaType, "/", "~1")
		schema, err := s.compile("#/components/responses/" + name + "/content/" + escaped + "/schema")
		if err != nil {
			return nil, err
		}
		p.content[mediaType] = schema
	}
	return p, nil
}

func (s schemas) compile(pointer string) (*jsonschema.Schema, error) {
	schema, err := s.compiler.Compile("urn:openapi" + pointer)
	if err != nil {
		return nil, fmt.Errorf("compile %s of openapi.yaml: %w", pointer, err)
	}
	return schema, nil
}

// find returns the responses of the operation of a request. If no operation matches,
// it returns those of the first operation, for their 404.
func (d *document) find(method, path string) (responses map[string]*promise, found bool) {
	path, _, _ = strings.Cut(path, "?")
	_, staged, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, candidate := range []string{path, "/" + staged} {
		for _, o := range d.operations {
			if o.Method == method && d.matches(o.Path, candidate) {
				return d.promises[o.ID], true
			}
		}
	}
	return d.promises[d.operations[0].ID], false
}

// matches compares the segments of a path with those of a template. A segment in
// braces matches any but one that another template has in its place: the gateway
// prefers that template.
func (d *document) matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, segment := range want {
		if !strings.HasPrefix(segment, "{") {
			if segment != got[i] {
				return false
			}
			continue
		}
		if got[i] == "" || got[i] != segment && d.hasPrefix(strings.Join(append(want[:i:i], got[i]), "/")+"/") {
			return false
		}
	}
	return true
}

func (d *document) hasPrefix(prefix string) bool {
	for _, o := range d.operations {
		if strings.HasPrefix(o.Path, prefix) {
			return true
		}
	}
	return false
}
