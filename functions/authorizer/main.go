// Command authorizer is the Lambda function that API Gateway calls before a request:
// it verifies who calls, and says what they may do.
package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/telemetry"
	"users-organizations/pkg/token"
)

func main() { coldstart.Start("authorizer", newHandler) }

// newHandler wires the function from its environment. It loads the keys, and so opens
// the connection for later loads. An error names the variable or the key that is
// missing or wrong. Keys that can't be reached are not an error yet: each request
// tries again.
func newHandler(ctx context.Context, getenv func(string) string, out io.Writer) (lambda.Handler, error) {
	rules, err := readRules(getenv)
	if err != nil {
		return nil, err
	}
	load, err := newKeySource(getenv)
	if err != nil {
		return nil, err
	}
	log := telemetry.NewRequestLog(out, getenv, time.Now)
	keys := token.NewKeyring(watch(load, log), time.Now)
	_, err = keys.Current(ctx)
	if _, invalid := errors.AsType[*token.InvalidKeysError](err); invalid {
		return nil, err
	}
	return &handler{
		verifier: &token.Verifier{Rules: rules, Keys: keys, Now: time.Now},
		now:      time.Now,
		log:      log,
	}, nil
}
