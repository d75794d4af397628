package events_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"users-organizations/events"
	"users-organizations/pkg/openapi"
)

var write = flag.String("write", "", "write every sample event into this `folder`, for sam local invoke -e")

var update = flag.Bool("update", false, "write the first sample event of each operation into its file")

// event has the parts of a sample that name its operation.
type event struct{ Resource, Path, HTTPMethod string }

func TestEveryOperationHasSamples(t *testing.T) {
	t.Parallel()
	var all []event
	for _, name := range events.Names() {
		text := events.JSON(name)
		var e event
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, e)
		if *write == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(*write, name+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, operation := range openapi.Operations() {
		if !slices.ContainsFunc(all, func(e event) bool { return e.HTTPMethod == operation.Method && e.Resource == operation.Path }) {
			t.Errorf("%s has no sample event: add one to events/samples.go", operation.ID)
		}
	}
}

// TestFiles compares the first sample of each operation with its file.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, operation := range openapi.Operations() {
		name, found := firstOf(operation)
		if !found {
			continue // an error of TestEveryOperationHasSamples
		}
		file := name + ".json"
		if *update {
			if err := os.WriteFile(file, events.JSON(name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != string(events.JSON(name)) {
			t.Errorf("events/%s is out of date, %v: run go test ./events -update", file, err)
		}
	}
}

// firstOf returns the first sample of an operation. The names of the others begin
// with its name.
func firstOf(operation openapi.Operation) (string, bool) {
	for _, name := range events.Names() {
		var e event
		if err := json.Unmarshal(events.JSON(name), &e); err == nil && e.HTTPMethod == operation.Method && e.Resource == operation.Path {
			return name, true
		}
	}
	return "", false
}
