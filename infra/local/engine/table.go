package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// AccessKeyID and SecretAccessKey sign requests to local servers, which do not
// check them but may keep a set of tables for each. They open nothing.
const (
	AccessKeyID     = "local"
	SecretAccessKey = "local"
)

// Table is what a table is made from.
type Table struct {
	Name string
	// PartitionKey and SortKey are the keys' names, PartitionType and SortType
	// their types: N, S or B.
	PartitionKey, PartitionType string
	SortKey, SortType           string
}

// Client is a client of the DynamoDB-compatible server at endpoint. It tries
// everything once: a local server that does not answer is not there.
func Client(endpoint string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:           Region,
		BaseEndpoint:     aws.String(endpoint),
		Credentials:      credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
		RetryMaxAttempts: 1,
	})
}

// CreateTable makes the table, billed on demand, on the server at endpoint
// unless one of that name is there, and returns when it can be used.
func CreateTable(ctx context.Context, endpoint string, table Table) error {
	client := Client(endpoint)
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:   aws.String(table.Name),
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(table.PartitionKey), AttributeType: types.ScalarAttributeType(table.PartitionType)},
			{AttributeName: aws.String(table.SortKey), AttributeType: types.ScalarAttributeType(table.SortType)},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(table.PartitionKey), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(table.SortKey), KeyType: types.KeyTypeRange},
		},
	})
	if unreachable, ok := errors.AsType[*net.OpError](err); ok {
		err = unreachable // What the SDK wraps around it names no cause.
	}
	var exists *types.ResourceInUseException
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("creating the table %s at %s: %w", table.Name, endpoint, err)
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, time.Second
	})
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(table.Name)}, 30*time.Second); err != nil {
		return fmt.Errorf("waiting for the table %s at %s: %w", table.Name, endpoint, err)
	}
	return nil
}
