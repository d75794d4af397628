// Package stream invokes a function with the changes of a table, as Lambda's
// event source mapping does (AWS Lambda developer guide, "Process DynamoDB
// records with Lambda").
//
// It reads one shard after the other and hands over one batch at a time, so the
// changes of an item arrive in order. A record that the function can't process
// holds back all that follow, without end. Lambda gives it up after the stream's 24
// hours and sends it to the on-failure destination; that, the batching window and
// the parallelization factor are not imitated.
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

// pollInterval is Lambda's, which polls each shard four times a second.
const pollInterval = 250 * time.Millisecond

// ErrNoStream means that the table has no usable stream and can't get one.
var ErrNoStream = errors.New("no stream")

// Function is a Lambda function.
type Function interface {
	Invoke(ctx context.Context, traceID string, event []byte) ([]byte, error)
}

// Config says which table's changes a function receives, and how.
type Config struct {
	template.Stream
	// Endpoint is the URL of the DynamoDB-compatible server.
	Endpoint string
	// TableName is the name of the table there.
	TableName string
	Target    Function
	// File keeps the checkpoints. It is made if it is missing.
	File string
	// Log receives a line for each attempt that failed.
	Log *log.Logger
	// Backoff is how long a batch waits after failed attempt number attempt, from 0.
	// Nil means the function Backoff.
	Backoff func(attempt int) time.Duration
}

// Mapping reads one stream for one function.
type Mapping struct {
	config Config
	client *dynamodbstreams.Client
	arn    string
	shards map[string]*shard
}

// Open finds the stream of the table, or gives it one. It returns ErrNoStream where
// it can't, and an error where the checkpoints can't be read.
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

// find gives the ARN of the table's stream, made if it is missing.
func find(ctx context.Context, config Config) (string, error) {
	client := engine.Client(config.Endpoint)
	description, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(config.TableName)})
	if err != nil {
		return "", err
	}
	if arn, has := description.Table.LatestStreamArn, description.Table.StreamSpecification; arn != nil && has != nil {
		if has.StreamViewType != config.View {
			return "", fmt.Errorf("its view type is %s, and %s is needed", has.StreamViewType, config.View)
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
	return "", errors.New("the server has made none")
}

// Run hands over the stream's changes until ctx ends. It repeats what fails, and
// logs a repeated error once.
func (m *Mapping) Run(ctx context.Context) {
	var logged string
	for ctx.Err() == nil {
		read, err := m.poll(ctx)
		text := fmt.Sprint(err)
		if err != nil && ctx.Err() == nil && text != logged {
			m.config.Log.Printf("%s: reading the stream of %s: %v; trying again", m.config.Function, m.config.TableName, err)
		}
		logged = text
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
