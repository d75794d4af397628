package events_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"users-organizations/events"
	"users-organizations/pkg/openapi"
)

var write = flag.String("write", "", "write every sample event into this `folder`, for sam local invoke -e")

var update = flag.Bool("update", false, "write the first sample event of each operation into its file")

func TestEveryOperationHasSamples(t *testing.T) {
	t.Parallel()
	for _, operation := range openapi.Operations() {
		if len(events.Of(operation)) == 0 {
			t.Errorf("%s has no sample event: add one to events/samples.go", operation.ID)
		}
	}
	if *write == "" {
		return
	}
	for _, name := range events.Names() {
		if err := os.WriteFile(filepath.Join(*write, name+".json"), events.JSON(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFiles compares the first sample of each operation with its file.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, operation := range openapi.Operations() {
		samples := events.Of(operation)
		if len(samples) == 0 {
			continue // an error of TestEveryOperationHasSamples
		}
		name := samples[0]
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
