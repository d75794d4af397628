// Package stream invokes a function with the changes of a table, as Lambda's
// event source mapping does (AWS Lambda developer guide, "Process DynamoDB
// records with Lambda").
//
// It reads one shard after the other and hands over one batch at a time, so the
// changes of an item arrive in their order. A record that the function can't
// process holds back all that follow it, without end: Lambda gives it up after
// the stream's 24 hours and sends it to the on-failure destination, which has no
// counterpart here, and neither have the batching window and the
// parallelization factor.
package stream

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
)

// pollInterval is that of Lambda, which asks each shard for records four times
// a second.
const pollInterval = 250 * time.Millisecond

// ErrNoStream says that a server has no streams.
var ErrNoStream = errors.New("no stream")

// Function is a Lambda function.
type Function interface {
	Invoke(ctx context.Context, traceID string, event []byte) ([]byte, error)
}

// Config says which table's changes a function gets, and how.
type Config struct {
	template.Stream
	// Endpoint is the URL of the DynamoDB-compatible server.
	Endpoint string
	// TableName is the name of the table there.
	TableName string
	Target    Function
	// File keeps how far the stream was read. It is made if it is missing.
	File string
	// Log receives a line for each attempt that failed.
	Log *log.Logger
	// Backoff is how long a batch waits after failed attempt number attempt, from 0;
	// nil is Backoff.
	Backoff func(attempt int) time.Duration
}

// Mapping reads one stream for one function.
type Mapping struct {
	config Config
	client *dynamodbstreams.Client
	arn    string
	shards map[string]*shard
}

// Open finds the stream of the table. A table that has none gets one; the error
// of a server that can't give it one is ErrNoStream.
func Open(ctx context.Context, config Config) (*Mapping, error) {
	arn, err := find(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the table %s at %s has %w: %w", config.TableName, config.Endpoint, ErrNoStream, err)
	}
	m := &Mapping{
		config: config,
		client: dynamodbstreams.New(dynamodbstreams.Options{
			Region:           engine.Region,
			BaseEndpoint:     aws.String(config.Endpoint),
			Credentials:      credentials.NewStaticCredentialsProvider(engine.AccessKeyID, engine.SecretAccessKey, ""),
			RetryMaxAttempts: 1,
		}),
		arn: arn,
	}
	if config.Backoff == nil {
		m.config.Backoff = Backoff
	}
	m.shards, err = readCheckpoints(config.File, arn)
	return m, err
}

// find gives the ARN of the table's stream.
func find(ctx context.Context, config Config) (string, error) {
	client := engine.Client(config.Endpoint)
	description, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(config.TableName)})
	if err != nil {
		return "", err
	}
	if arn, has := description.Table.LatestStreamArn, description.Table.StreamSpecification; arn != nil && has != nil {
		if has.StreamViewType != config.View {
			return "", fmt.Errorf("the one it has shows %s, and %s is needed", has.StreamViewType, config.View)
		}
		return *arn, nil
	}
	changed, err := client.UpdateTable(ctx, &dynamodb.UpdateTableInput{
		TableName:           aws.String(config.TableName),
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: config.View},
	})
	if err != nil {
		return "", err
	}
	if arn := changed.TableDescription.LatestStreamArn; arn != nil {
		return *arn, nil
	}
	return "", errors.New("the server keeps none")
}

// Run hands over what the stream brings until ctx ends. A server that does not
// respond is asked again, and so is a function that fails.
func (m *Mapping) Run(ctx context.Context) {
	var said string
	for ctx.Err() == nil {
		read, err := m.poll(ctx)
		text := fmt.Sprint(err)
		if err != nil && ctx.Err() == nil && text != said {
			m.config.Log.Printf("%s: reading the stream of %s: %v; trying again", m.config.Function, m.config.TableName, err)
		}
		said = text
		if read == 0 {
			wait(ctx, pollInterval)
		}
	}
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
