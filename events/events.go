// Package events has the sample events, as API Gateway sends them to the functions.
// Each is register.json with changes. The first sample of each operation is also a
// file, for `sam local invoke -e`; `go test ./events -write DIR` writes all of them.
package events

import (
	_ "embed" // for register.json
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"users-organizations/pkg/openapi"
)

//go:embed register.json
var register []byte

// Sample is one sample event.
type Sample struct {
	// Base is the sample that the changes are applied to; empty means register.json.
	Base string
	// Changes are merge patches (RFC 7396), applied one after the other.
	Changes []Patch
}

// Patch is a JSON object in which null removes a member.
type Patch map[string]any

// Names returns the names of all samples, sorted.
func Names() []string { return slices.Sorted(maps.Keys(samples)) }

// Of returns the names of the samples of an operation, sorted.
func Of(o openapi.Operation) []string {
	var names []string
	for _, name := range Names() {
		var event struct{ HTTPMethod, Resource string }
		if err := json.Unmarshal(JSON(name), &event); err != nil {
			panic(fmt.Sprintf("the sample event %q: %v", name, err))
		}
		if event.HTTPMethod == o.Method && event.Resource == o.Path {
			names = append(names, name)
		}
	}
	return names
}

// JSON returns the sample of that name. It panics if no sample has it: the
// test is wrong then.
func JSON(name string) []byte {
	sample, known := samples[name]
	if !known {
		panic(fmt.Sprintf("there is no sample event %q", name))
	}
	if sample.Base == "" {
		return register
	}
	var event map[string]any
	if err := json.Unmarshal(JSON(sample.Base), &event); err != nil {
		panic(fmt.Sprintf("the sample event %q: %v", sample.Base, err))
	}
	for _, change := range sample.Changes {
		merge(event, change)
	}
	text, err := json.MarshalIndent(event, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("the sample event %q: %v", name, err))
	}
	return append(text, '\n')
}

// merge applies a patch (RFC 7396, section 2).
func merge(target map[string]any, patch Patch) {
	for name, value := range patch {
		inner, isObject := value.(Patch)
		switch {
		case value == nil:
			delete(target, name)
		case isObject:
			object, ok := target[name].(map[string]any)
			if !ok {
				object = map[string]any{}
			}
			merge(object, inner)
			target[name] = object
		default:
			target[name] = value
		}
	}
}
