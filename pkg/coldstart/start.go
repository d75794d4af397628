package coldstart

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

// Start serves Lambda's invocations with the handler that wire makes from the
// environment. It never returns: if wire fails, the process says why and ends with
// status 1.
func Start(name string, wire func(ctx context.Context, getenv func(string) string, out io.Writer) (lambda.Handler, error)) {
	OneProcessor(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	RootsOnce()
	EventInOneRead()
	// aws-lambda-go logs a function's errors as JSON. Without the date before it,
	// the whole line is JSON.
	log.SetFlags(0)
	handler, err := wire(context.Background(), os.Getenv, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, name, "does not start:", err)
		os.Exit(1)
	}
	lambda.Start(handler)
}
