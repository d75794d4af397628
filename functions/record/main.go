// Command record is the Lambda function that keeps the history of memberships: for
// each change in the table's stream, it appends an entry and publishes an event.
package main

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/dynamo"
	"users-organizations/pkg/history"
	"users-organizations/pkg/telemetry"
)

func main() { coldstart.Start("record", newHandler) }

// newHandler wires the function from its environment. An error names the
// variable that is missing or wrong.
func newHandler(ctx context.Context, getenv func(string) string, out io.Writer) (lambda.Handler, error) {
	bus, err := newBus(getenv)
	if err != nil {
		return nil, err
	}
	log, err := dynamo.OpenHistory(ctx, getenv)
	if err != nil {
		return nil, err
	}
	return &handler{
		recorder: history.Recorder{Log: log},
		events:   bus,
		now:      time.Now,
		log:      telemetry.NewRequestLog(out, getenv, time.Now),
	}, nil
}
