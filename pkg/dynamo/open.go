package dynamo

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/coldstart"
)

const endpointVariable = "AWS_ENDPOINT_URL_DYNAMODB"

// Open returns the store that a function's environment names, and opens its
// connection to DynamoDB. An error names the variable that is missing or wrong.
func Open(ctx context.Context, getenv func(string) string) (*Store, error) {
	table := getenv("TABLE_NAME")
	if table == "" {
		return nil, errors.New("TABLE_NAME is not set: name the DynamoDB table of memberships")
	}
	client, err := connect(ctx, getenv)
	if err != nil {
		return nil, err
	}
	return NewStore(client, table, getenv("ORGANIZATION_INDEX_NAME")), nil
}

// OpenHistory is Open for a function that needs the histories alone.
func OpenHistory(ctx context.Context, getenv func(string) string) (*History, error) {
	client, err := connect(ctx, getenv)
	if err != nil {
		return nil, err
	}
	return openHistory(client, getenv)
}

// OpenHistory returns the histories, over the connection of the store. An error
// names the variable that is missing.
func (s *Store) OpenHistory(getenv func(string) string) (*History, error) {
	return openHistory(s.client, getenv)
}

func openHistory(client HistoryClient, getenv func(string) string) (*History, error) {
	table := getenv("HISTORY_TABLE_NAME")
	if table == "" {
		return nil, errors.New("HISTORY_TABLE_NAME is not set: name the DynamoDB table of histories")
	}
	return NewHistory(client, table), nil
}

func connect(ctx context.Context, getenv func(string) string) (*dynamodb.Client, error) {
	cfg, err := awsclient.Config(getenv, endpointVariable, Limits)
	if err != nil {
		return nil, err
	}
	client, url, err := NewClient(ctx, cfg)
	if err != nil {
		return nil, err
	}
	coldstart.Connect(ctx, cfg.HTTPClient, url)
	return client, nil
}
