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
	// name is its name in the table and in the results.
	name string
	// folder has its source.
	folder     string
	authorizer bool // takes an authorizer's event
	stores     bool // registers in the table
	// event is the name of its sample event. Empty means register, or authorizer for
	// an authorizer; batch is a stream's.
	event string
}

// pair is one of our operations, and the same operation handwritten.
type pair struct{ ours, theirs program }

// operations are all but the registration.
var operations = []pair{
	operation("get", "read", "get"),
	operation("list of a user", "read", "list-of-user"),
	operation("list of an organization", "read", "list-of-organization"),
	operation("change", "change", "change"),
	operation("remove", "change", "remove"),
}

// record takes batches of the stream.
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

// both gives the programs of the pairs.
func both(pairs ...pair) []program {
	var all []program
	for _, p := range pairs {
		all = append(all, p.ours, p.theirs)
	}
	return all
}

// The programs of the first two tables: register and authorizer are deployed, the
// others are for comparison.
var (
	register    = program{name: "register", folder: "functions/register", stores: true}
	hello       = program{name: "hello", folder: "infra/local/bench/programs/hello"}
	handwritten = program{name: "handwritten", folder: "infra/local/bench/programs/handwritten", stores: true}
	authorizer  = program{name: "authorizer", folder: "functions/authorizer", authorizer: true}
	open        = program{name: "open", folder: "infra/local/bench/programs/open", authorizer: true}

	programs = []program{register, hello, handwritten, authorizer, open}
)

// all gives the programs of all tables.
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
		return 0, fmt.Errorf("reading the size of a binary: %w", err)
	}
	return float64(info.Size()), nil
}

// checkResponse returns an error if the program did not do its work.
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
