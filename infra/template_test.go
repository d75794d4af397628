package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// template has the parts of a CloudFormation template that the tests check.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type                                string
	Properties                          map[string]any
	DeletionPolicy, UpdateReplacePolicy string
	UpdatePolicy                        map[string]any
	DependsOn                           any
}

// variables are the environment variables of a function.
func (r resource) variables() map[string]any {
	return object(object(r.Properties["Environment"])["Variables"])
}

// one is the only resource of a type.
func (s template) one(t *testing.T, kind string) resource {
	t.Helper()
	found := s.ofType(kind)
	if len(found) != 1 {
		t.Fatalf("got %d resources of type %s, want 1", len(found), kind)
	}
	return slices.Collect(maps.Values(found))[0]
}

// ofType are the resources of a type, by their logical ids without hashes.
func (s template) ofType(kind string) map[string]resource {
	found := map[string]resource{}
	for id, resource := range s.Resources {
		if resource.Type == kind {
			found[name(id)] = resource
		}
	}
	return found
}

// circle is a chain of resources in which each refers to the next and the last
// is the first, or nil if no chain ends where it begins.
func (s template) circle() []string {
	var from func(id string, path []string) []string
	seen := map[string]bool{}
	from = func(id string, path []string) []string {
		if i := slices.Index(path, id); i >= 0 {
			return append(path[i:], id)
		}
		if seen[id] {
			return nil
		}
		seen[id] = true
		path = append(slices.Clone(path), id)
		r := s.Resources[id]
		var found []string
		walk([]any{r.Properties, r.UpdatePolicy, map[string]any{"DependsOn": r.DependsOn}}, func(key string, value any) {
			referred := text(value)
			if key == "Fn::GetAtt" {
				referred = text(list(value)[0])
			}
			if _, ok := s.Resources[referred]; ok && found == nil {
				found = from(referred, path)
			}
		})
		return found
	}
	for _, id := range slices.Sorted(maps.Keys(s.Resources)) {
		if found := from(id, nil); found != nil {
			return found
		}
	}
	return nil
}

// wantJSON compares a value of a template with JSON.
func wantJSON(t *testing.T, what string, got any, want string) {
	t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatalf("%s: want is not JSON: %v", what, err)
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("%s is %v, want %s", what, got, want)
	}
}

// withoutHashes is value with name applied to every string in it.
func withoutHashes(value any) any {
	switch value := value.(type) {
	case map[string]any:
		plain := map[string]any{}
		for key, inner := range value {
			plain[key] = withoutHashes(inner)
		}
		return plain
	case []any:
		plain := make([]any, len(value))
		for i, inner := range value {
			plain[i] = withoutHashes(inner)
		}
		return plain
	case string:
		return name(value)
	}
	return value
}

// object is value if that is an object, or else an empty one.
func object(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

// list is value if that is a list, or else an empty one.
func list(value any) []any {
	list, _ := value.([]any)
	return list
}

// text is a value of a template as a person would write it: Ref and GetAtt as
// the name of the resource, Join joined, lists with commas.
func text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []any:
		return joined(value, ",")
	case map[string]any:
		if ref, ok := value["Ref"].(string); ok {
			return name(ref)
		}
		if attribute := list(value["Fn::GetAtt"]); attribute != nil {
			return name(text(attribute[0])) + "." + text(attribute[1])
		}
		if join := list(value["Fn::Join"]); join != nil {
			return joined(list(join[1]), text(join[0]))
		}
	}
	return fmt.Sprint(value)
}

func joined(values []any, separator string) string {
	parts := make([]string, len(values))
	for i, value := range values {
		parts[i] = text(value)
	}
	return strings.Join(parts, separator)
}

var hash = regexp.MustCompile(`[0-9A-F]{8}$`)

// name is a logical id without the hash that the CDK appends.
func name(id string) string { return hash.ReplaceAllString(id, "") }
