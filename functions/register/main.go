// Command register is the Lambda function behind
// POST /users-organizations/v1/bo/users/register/{userId}/organizations/{organizationId}.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/cors"
	"users-organizations/pkg/dynamo"
	"users-organizations/pkg/membership"
)

func main() {
	coldstart.OneProcessor(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	coldstart.RootsOnce()
	coldstart.EventInOneRead()
	h, err := newHandler(context.Background(), os.Getenv, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "register does not start:", err)
		os.Exit(1)
	}
	lambda.Start(h)
}

// newHandler wires the function from its environment, and opens its connection
// to DynamoDB. An error names the variable that is missing or wrong.
func newHandler(ctx context.Context, getenv func(string) string, out io.Writer) (*handler, error) {
	table := getenv("TABLE_NAME")
	if table == "" {
		return nil, errors.New("TABLE_NAME is not set: name the DynamoDB table of memberships")
	}
	endpoint, err := awsclient.Endpoint(getenv, "AWS_ENDPOINT_URL_DYNAMODB")
	if err != nil {
		return nil, err
	}
	origin := getenv("CORS_ALLOWED_ORIGIN")
	if origin != "" && !cors.IsOrigin(origin) {
		return nil, errors.New("CORS_ALLOWED_ORIGIN must be one origin, https:// and a host or http://localhost, " +
			"with a port if need be and no path; or empty for none")
	}
	cfg, err := awsclient.Config(getenv, dynamo.Limits)
	if err != nil {
		return nil, err
	}
	client, url, err := dynamo.NewClient(ctx, cfg, endpoint)
	if err != nil {
		return nil, err
	}
	coldstart.Connect(ctx, cfg.HTTPClient, url)
	return &handler{
		service: &membership.Service{
			Store:   dynamo.NewStore(client, table),
			Now:     time.Now,
			NewMark: membership.NewMark,
		},
		now:           time.Now,
		journal:       newJournal(out, getenv("AWS_LAMBDA_LOG_LEVEL"), getenv("AWS_LAMBDA_FUNCTION_NAME"), time.Now),
		allowedOrigin: origin,
	}, nil
}
