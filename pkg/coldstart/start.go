package coldstart

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

// Start serves Lambda's invocations with the handler that wire makes of the
// environment, and returns only when there are no more. A function that can't
// be wired ends with status 1 and says why.
func Start(name string, wire func(ctx context.Context, getenv func(string) string, out io.Writer) (lambda.Handler, error)) {
	OneProcessor(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	RootsOnce()
	EventInOneRead()
	// aws-lambda-go logs each error of a function as JSON: without a date
	// before it, the line is JSON.
	log.SetFlags(0)
	handler, err := wire(context.Background(), os.Getenv, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, name, "does not start:", err)
		os.Exit(1)
	}
	lambda.Start(handler)
}
