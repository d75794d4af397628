// Command authorizer is the Lambda function that API Gateway asks before every
// request: it says who calls, and whether they may.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/telemetry"
	"users-organizations/pkg/token"
)

func main() {
	coldstart.OneProcessor(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	coldstart.RootsOnce()
	coldstart.EventInOneRead()
	// aws-lambda-go logs each error of a function as JSON: without a date
	// before it, the line is JSON.
	log.SetFlags(0)
	h, err := newHandler(context.Background(), os.LookupEnv, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "authorizer does not start:", err)
		os.Exit(1)
	}
	lambda.Start(h)
}

// newHandler wires the function from its environment, and loads the keys, which
// opens the connection to where they are. An error names the variable, or the
// key, that is missing or wrong. Keys that are only out of reach are none: each
// request tries again.
func newHandler(ctx context.Context, lookup func(string) (string, bool), out io.Writer) (*handler, error) {
	getenv := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	rules, err := readRules(lookup)
	if err != nil {
		return nil, err
	}
	load, err := newKeySource(getenv)
	if err != nil {
		return nil, err
	}
	j := journal{
		log:     telemetry.NewLogger(out, getenv("AWS_LAMBDA_LOG_LEVEL")),
		metrics: telemetry.NewMetrics(out, getenv("AWS_LAMBDA_FUNCTION_NAME"), time.Now),
	}
	keys := token.NewKeyring(j.watch(load), time.Now)
	_, err = keys.Current(ctx)
	if _, invalid := errors.AsType[*token.InvalidKeysError](err); invalid {
		return nil, err
	}
	return &handler{
		verifier: &token.Verifier{Rules: rules, Keys: keys, Now: time.Now},
		now:      time.Now,
		journal:  j,
	}, nil
}
