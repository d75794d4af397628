// Package events holds the sample events: what API Gateway sends to the
// functions, one base for each operation and what each other sample changes of
// it. The bases, and keys.json, are files, so that `sam local invoke -e` finds
// them; `go test ./events -write DIR` writes all of them.
package events

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

//go:embed *.json
var files embed.FS

// Sample is one sample event.
type Sample struct {
	// Base is the file that it begins with, without .json.
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
	text, err := sample.json()
	if err != nil {
		panic(fmt.Sprintf("the sample event %q: %v", name, err))
	}
	return text
}

func (s Sample) json() ([]byte, error) {
	text, err := files.ReadFile(s.Base + ".json")
	if err != nil || len(s.Changes) == 0 {
		return text, err
	}
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		return nil, err
	}
	for _, change := range s.Changes {
		merge(event, change)
	}
	text, err = json.MarshalIndent(event, "", "  ")
	return append(text, '\n'), err
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
