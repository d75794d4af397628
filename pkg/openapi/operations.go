package openapi

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"users-organizations/pkg/caller"
)

// Operation is one operation of the service, as openapi.yaml declares it.
type Operation struct {
	// ID is the operationId, such as registerUserOrganization.
	ID string
	// Method is in upper case.
	Method string
	// Path has its parameters in braces, and no stage.
	Path string
	// Scopes are read, write, delete or history; a caller needs one of them. They
	// are the bearer's roles in the alternatives of security (OpenAPI 3.1, Security
	// Requirement Object), without the default prefix.
	Scopes []string
	// Function is the folder below functions/ that serves the operation, from
	// x-function in the document.
	Function string
	// MediaTypes are those of the request's body, and empty where it has no body.
	MediaTypes []string
	// Keyed says that the request may carry an Idempotency-Key.
	Keyed bool
}

// methods are the fields of a Path Item Object that hold an operation.
var methods = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true, "options": true, "head": true, "patch": true, "trace": true,
}

// Operations returns the operations in the order of the document. It panics if the
// document can't be read; the tests would fail then.
func Operations() []Operation { return slices.Clone(operations()) }

// operations reads the document once, since that takes longer than a call of a
// function.
var operations = sync.OnceValue(func() []Operation {
	var d struct{ Paths yaml.Node }
	if err := yaml.Unmarshal(document, &d); err != nil {
		panic(fmt.Errorf("read openapi.yaml: %w", err))
	}
	var all []Operation
	for i := 0; i < len(d.Paths.Content); i += 2 {
		path, item := d.Paths.Content[i].Value, d.Paths.Content[i+1]
		for j := 0; j < len(item.Content); j += 2 {
			if method := item.Content[j].Value; methods[method] {
				all = append(all, newOperation(strings.ToUpper(method), path, item.Content[j+1]))
			}
		}
	}
	return all
})

// Named returns the operation with an id. It panics if no operation has the id:
// the caller's code is wrong then.
func Named(id string) Operation {
	for _, o := range operations() {
		if o.ID == id {
			return o
		}
	}
	panic("openapi.yaml has no operation " + id)
}

// PathOf returns the path with its parameters filled in, in order. It panics if
// their number is wrong.
func (o Operation) PathOf(parameters ...any) string {
	if want := len(o.Parameters()); len(parameters) != want {
		panic(fmt.Sprintf("%s takes %d parameters, not %d", o.Path, want, len(parameters)))
	}
	segments := strings.Split(o.Path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = fmt.Sprint(parameters[0])
			parameters = parameters[1:]
		}
	}
	return strings.Join(segments, "/")
}

func newOperation(method, path string, n *yaml.Node) Operation {
	var o struct {
		ID       string                      `yaml:"operationId"`
		Security []map[string][]string       `yaml:"security"`
		Function string                      `yaml:"x-function"`
		Body     struct{ Content yaml.Node } `yaml:"requestBody"`

		Parameters []struct {
			Ref string `yaml:"$ref"`
		}
	}
	if err := n.Decode(&o); err != nil {
		panic(fmt.Errorf("read %s %s of openapi.yaml: %w", method, path, err))
	}
	operation := Operation{ID: o.ID, Method: method, Path: path, Function: o.Function}
	for _, alternative := range o.Security {
		for _, role := range alternative["bearer"] {
			operation.Scopes = append(operation.Scopes, strings.TrimPrefix(role, caller.DefaultPrefix+":"))
		}
	}
	for i := 0; i < len(o.Body.Content.Content); i += 2 {
		operation.MediaTypes = append(operation.MediaTypes, o.Body.Content.Content[i].Value)
	}
	for _, parameter := range o.Parameters {
		operation.Keyed = operation.Keyed || parameter.Ref == "#/components/parameters/IdempotencyKey"
	}
	return operation
}

// Parameters returns the names of the path's parameters, in order.
func (o Operation) Parameters() []string {
	var names []string
	for segment := range strings.SplitSeq(o.Path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}
