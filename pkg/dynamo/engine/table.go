package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// AccessKeyID and SecretAccessKey sign requests to local servers. These do not check
// them, but may keep a set of tables for each. They give access to nothing.
const (
	AccessKeyID     = "local"
	SecretAccessKey = "local"
)

// activeTimeout is how long a table or an index may take to become active.
const activeTimeout = time.Minute

// Client returns a client of the DynamoDB-compatible server at endpoint. It makes
// one attempt a call: a local server that does not respond is not running.
func Client(endpoint string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:           Region,
		BaseEndpoint:     aws.String(endpoint),
		Credentials:      credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
		RetryMaxAttempts: 1,
	})
}

// CreateTables creates the tables on the server at endpoint and returns when they
// are active. A table that exists stays, and gets the indexes that it lacks. The
// readers of streams enable them, since not every server has streams.
func CreateTables(ctx context.Context, endpoint string, tables map[string]*dynamodb.CreateTableInput) error {
	client := Client(endpoint)
	for _, id := range slices.Sorted(maps.Keys(tables)) {
		if err := makeTable(ctx, client, tables[id]); err != nil {
			return fmt.Errorf("creating the table %s at %s: %w", *tables[id].TableName, endpoint, err)
		}
	}
	return nil
}

func makeTable(ctx context.Context, client *dynamodb.Client, table *dynamodb.CreateTableInput) error {
	if err := create(ctx, client, table); err != nil {
		return err
	}
	description, err := active(ctx, client, table.TableName)
	if err != nil {
		return fmt.Errorf("waiting until it is active: %w", err)
	}
	for _, index := range table.GlobalSecondaryIndexes {
		if has(description, index) {
			continue
		}
		if err := addIndex(ctx, client, table, index); err != nil {
			return fmt.Errorf("adding the index %s: %w", *index.IndexName, err)
		}
	}
	return nil
}

func create(ctx context.Context, client *dynamodb.Client, table *dynamodb.CreateTableInput) error {
	plain := *table
	plain.StreamSpecification = nil
	_, err := client.CreateTable(ctx, &plain)
	if unreachable, ok := errors.AsType[*net.OpError](err); ok {
		return unreachable // the SDK's own words around it name no cause
	}
	if _, exists := errors.AsType[*types.ResourceInUseException](err); exists {
		return nil
	}
	return err
}

// active waits until the table and all of its indexes are active.
func active(ctx context.Context, client *dynamodb.Client, name *string) (*types.TableDescription, error) {
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, time.Second
		inUse := o.Retryable
		o.Retryable = func(ctx context.Context, in *dynamodb.DescribeTableInput, out *dynamodb.DescribeTableOutput, err error) (bool, error) {
			building := func(i types.GlobalSecondaryIndexDescription) bool { return i.IndexStatus != types.IndexStatusActive }
			if err == nil && slices.ContainsFunc(out.Table.GlobalSecondaryIndexes, building) {
				return true, nil
			}
			return inUse(ctx, in, out, err)
		}
	})
	out, err := waiter.WaitForOutput(ctx, &dynamodb.DescribeTableInput{TableName: name}, activeTimeout)
	if err != nil {
		return nil, err
	}
	return out.Table, nil
}

func has(table *types.TableDescription, index types.GlobalSecondaryIndex) bool {
	return slices.ContainsFunc(table.GlobalSecondaryIndexes, func(i types.GlobalSecondaryIndexDescription) bool {
		return aws.ToString(i.IndexName) == *index.IndexName
	})
}

// addIndex builds an index of the table's items. One index is built at a time
// (UpdateTable in the DynamoDB API reference).
func addIndex(ctx context.Context, client *dynamodb.Client, table *dynamodb.CreateTableInput, index types.GlobalSecondaryIndex) error {
	_, err := client.UpdateTable(ctx, &dynamodb.UpdateTableInput{
		TableName:            table.TableName,
		AttributeDefinitions: table.AttributeDefinitions,
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{
			Create: &types.CreateGlobalSecondaryIndexAction{
				IndexName: index.IndexName, KeySchema: index.KeySchema, Projection: index.Projection,
			},
		}},
	})
	if err != nil {
		return err
	}
	_, err = active(ctx, client, table.TableName)
	return err
}
