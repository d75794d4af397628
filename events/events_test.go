package events_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"users-organizations/events"
	"users-organizations/pkg/openapi"
)

var write = flag.String("write", "", "write every sample event into this `folder`, for sam local invoke -e")

// event is what tells which operation a sample is for.
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

// TestEveryBaseIsItself holds the files to the table: a file that no sample
// begins with is forgotten, and one that has changed would change every sample.
func TestEveryBaseIsItself(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".json")
		if name == "keys" || name == "authorizer" {
			continue // functions/authorizer holds them to its own table.
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(events.Names(), name) {
			t.Errorf("%s is not a sample: add it to events/samples.go", file)
		} else if string(events.JSON(name)) != string(want) {
			t.Errorf("%s is not the sample of its name", file)
		}
	}
}
