package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"users-organizations/infra/local/build"
)

// program is a function binary that is measured.
type program struct {
	// name stands in the table and in the results.
	name string
	// folder is the one that it is built from.
	folder string
	// authorizer says that it takes the event of an authorizer.
	authorizer bool
	// stores says that it registers in the table.
	stores bool
	// event is the sample event that it takes; empty means register.json, and
	// batch what a stream brings.
	event string
}

// pair is one of our operations, and the same operation handwritten.
type pair struct{ ours, theirs program }

// operations are those beside the registration.
var operations = []pair{
	operation("get", "read", "get"),
	operation("list of a user", "read", "list-of-user"),
	operation("list of an organization", "read", "list-of-organization"),
	operation("change", "change", "change"),
	operation("remove", "change", "remove"),
}

// record takes batches of the stream, and makes no response that anybody waits for.
var record = pair{
	program{name: "record", folder: "functions/record", event: batch},
	program{name: "record, handwritten", folder: "infra/local/bench/programs/handwrittenrecord", event: batch},
}

func operation(name, function, event string) pair {
	return pair{
		program{name: name, folder: "functions/" + function, event: event},
		program{name: name + ", handwritten", folder: "infra/local/bench/programs/handwrittenrest", event: event},
	}
}

// both are the programs of those pairs.
func both(pairs ...pair) []program {
	var all []program
	for _, p := range pairs {
		all = append(all, p.ours, p.theirs)
	}
	return all
}

// Ours are what is deployed; the others are what they are compared with.
var (
	register    = program{name: "register", folder: "functions/register", stores: true}
	hello       = program{name: "hello", folder: "infra/local/bench/programs/hello"}
	handwritten = program{name: "handwritten", folder: "infra/local/bench/programs/handwritten", stores: true}
	authorizer  = program{name: "authorizer", folder: "functions/authorizer", authorizer: true}
	open        = program{name: "open", folder: "infra/local/bench/programs/open", authorizer: true}

	programs = []program{register, hello, handwritten, authorizer, open}
)

// all are the programs of all tables.
func all() []program {
	return slices.Concat(programs, both(operations...), both(record))
}

// buildAll builds each program into dir, and gives the paths by name.
func buildAll(ctx context.Context, dir string, programs ...program) (map[string]string, error) {
	binaries, built := map[string]string{}, map[string]string{}
	for _, p := range programs {
		if built[p.folder] == "" {
			binary, err := build.Command(ctx, dir, p.folder)
			if err != nil {
				return nil, err
			}
			built[p.folder] = binary
		}
		binaries[p.name] = built[p.folder]
	}
	return binaries, nil
}

func size(binary string) (float64, error) {
	info, err := os.Stat(binary)
	if err != nil {
		return 0, fmt.Errorf("weighing a binary: %w", err)
	}
	return float64(info.Size()), nil
}

// checkResponse refuses to measure a program that does not do its work.
func (p program) checkResponse(response []byte) error {
	want := `"statusCode":201`
	switch {
	case p.authorizer:
		want = `"Effect":"Allow"`
	case p.event == batch:
		want = `"batchItemFailures":[]`
	case p.event != "":
		want = `"statusCode":200`
	}
	if !strings.Contains(string(response), want) {
		return errors.New(p.name + " responded " + string(response))
	}
	return nil
}
