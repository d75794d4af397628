package api

import (
	"context"
	_ "embed" // for the table
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"users-organizations/pkg/problem"
	"users-organizations/pkg/token"
)

// Operation carries out one operation of the service. An error that problem.Of
// does not know is a failure of the service.
type Operation func(ctx context.Context, r *Request) (Response, error)

// table is the part of openapi.Operations that a function needs: a line for
// each operation with its id, method, path, function, scopes, the media types
// of its body ("-" if it has none), and whether it takes an Idempotency-Key
// ("keyed" or "-").
//
//go:embed operations.txt
var table string

// operation is a line of the table, with the code that carries it out.
type operation struct {
	id         string
	scopes     token.Scopes // one of them is enough
	mediaTypes []string
	effect     problem.Effect
	do         Operation
}

// route is how the gateway names an operation.
type route struct{ method, resource string }

// routes returns the operations of a function. Its error names those that have no
// code, and those that the table does not give to the function.
func routes(function string, code map[string]Operation) (map[route]operation, error) {
	all := make(map[route]operation, len(code))
	var without []string
	unknown := maps.Clone(code)
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		id, method, path, owner, scopes, mediaTypes, keyed := f[0], f[1], f[2], f[3], f[4], f[5], f[6]
		if owner != function {
			continue
		}
		delete(unknown, id)
		op := operation{id: id, effect: problem.Writes, do: code[id]}
		if op.do == nil {
			without = append(without, id)
		}
		for scope := range strings.SplitSeq(scopes, ",") {
			op.scopes |= token.ParseVerb(scope)
		}
		switch {
		case keyed == "keyed":
			op.effect = problem.Registers
		case method == http.MethodGet:
			op.effect = problem.Reads
		}
		if mediaTypes != "-" {
			op.mediaTypes = strings.Split(mediaTypes, ",")
		}
		all[route{method, path}] = op
	}
	switch {
	case len(without) > 0:
		return nil, fmt.Errorf("openapi.yaml gives %s to the function %s, which has no code for it: add it to functions/%[2]s/main.go",
			strings.Join(without, ", "), function)
	case len(unknown) > 0:
		return nil, fmt.Errorf("the function %s has code for %s, which pkg/api/operations.txt does not give to it: "+
			"add it to openapi.yaml, then run go test ./pkg/openapi -update",
			function, strings.Join(slices.Sorted(maps.Keys(unknown)), ", "))
	}
	return all, nil
}
