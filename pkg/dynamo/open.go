package dynamo

import (
	"context"
	"errors"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/coldstart"
)

// Open makes a store out of a function's environment, and opens its connection
// to DynamoDB. An error names the variable that is missing or wrong.
func Open(ctx context.Context, getenv func(string) string) (*Store, error) {
	table := getenv("TABLE_NAME")
	if table == "" {
		return nil, errors.New("TABLE_NAME is not set: name the DynamoDB table of memberships")
	}
	endpoint, err := awsclient.Endpoint(getenv, "AWS_ENDPOINT_URL_DYNAMODB")
	if err != nil {
		return nil, err
	}
	cfg, err := awsclient.Config(getenv, Limits)
	if err != nil {
		return nil, err
	}
	client, url, err := NewClient(ctx, cfg, endpoint)
	if err != nil {
		return nil, err
	}
	coldstart.Connect(ctx, cfg.HTTPClient, url)
	return NewStore(client, table, getenv("ORGANIZATION_INDEX_NAME")), nil
}
