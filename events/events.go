// Package events holds the sample events: what API Gateway sends to the
// functions, as changes of register.json. The first sample of each operation is
// a file, too, for `sam local invoke -e`; `go test ./events -write DIR` writes all.
package events

import (
	_ "embed" // for register.json
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

//go:embed register.json
var register []byte

// Sample is one sample event.
type Sample struct {
	// Base is the sample that it begins with; empty is register.json.
	Base string
	// Changes are merge patches (RFC 7396), applied one after the other.
	Changes []Patch
}

// Patch is a JSON object in which null takes a member away.
type Patch map[string]any

// Names are the names of all samples, sorted.
func Names() []string { return slices.Sorted(maps.Keys(samples)) }

// JSON gives the sample of that name. An unknown name panics: it is a mistake
// in the test that asks for it.
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

// merge applies a patch as RFC 7396, section 2, has it.
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
