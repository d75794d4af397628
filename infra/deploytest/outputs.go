package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// outputs are the outputs of a stack. Each one has to be tried: take removes it,
// and what is left was not.
type outputs map[string]string

// readOutputs reads the file that cdk deploy has written.
func readOutputs(file, stack string) (outputs, error) {
	text, err := os.ReadFile(file) //nolint:gosec // G304: our own file.
	if err != nil {
		return nil, err
	}
	var stacks map[string]outputs
	if err := json.Unmarshal(text, &stacks); err != nil {
		return nil, fmt.Errorf("reading the outputs: %w", err)
	}
	return stacks[stack], nil
}

func (o outputs) take(name string) (string, error) {
	value := o[name]
	if value == "" {
		return "", fmt.Errorf("the stack has no output %s", name)
	}
	delete(o, name)
	return value, nil
}

func (o outputs) allTried() error {
	if len(o) == 0 {
		return nil
	}
	left := slices.Sorted(maps.Keys(o))
	return fmt.Errorf("nothing tries the outputs %s: have infra/deploytest use them", strings.Join(left, ", "))
}
