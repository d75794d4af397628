package faults_test

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"users-organizations/infra/local/localtest"
	"users-organizations/pkg/dynamo/engine"
)

// streamRecord is a record of the stream, read with only the SDK.
type streamRecord struct {
	pair, eventID string
	before, after *localtest.Item
}

// kind is the type of the entry that the record must have. Every write of the service
// makes a new revision; other writes in these tests keep it.
func (r streamRecord) kind() string {
	switch {
	case r.after == nil:
		return "erased"
	case r.before != nil && revisionOf(r.before) == revisionOf(r.after):
		return "foreign"
	case r.after.Revision == "":
		return "registered"
	}
	return r.after.Operation
}

func revisionOf(i *localtest.Item) string {
	if i.Revision != "" {
		return i.Revision
	}
	return i.Mark
}

func membershipOf(i *localtest.Item) *localtest.Membership {
	if i == nil {
		return nil
	}
	return &i.Membership
}

// readStream reads the whole stream of the memberships table.
func readStream(t *testing.T, endpoint string) []streamRecord {
	t.Helper()
	var all []streamRecord
	for _, r := range readRecords(t, endpoint) {
		all = append(all, newStreamRecord(t, r))
	}
	return all
}

// lastNumber is the sequence number of the last record.
func lastNumber(t *testing.T, endpoint string) string {
	t.Helper()
	records := readRecords(t, endpoint)
	return *records[len(records)-1].Dynamodb.SequenceNumber
}

// readRecords reads the whole stream. It leaves out records that change nothing,
// which DynamoDB's streams don't have.
func readRecords(t *testing.T, endpoint string) []streamtypes.Record {
	t.Helper()
	ctx := t.Context()
	client := dynamodbstreams.New(dynamodbstreams.Options{
		Region: engine.Region, BaseEndpoint: aws.String(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(engine.AccessKeyID, engine.SecretAccessKey, ""),
	})
	table, err := engine.Client(endpoint).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &localtest.TableName})
	if err != nil {
		t.Fatal(err)
	}
	arn := table.Table.LatestStreamArn
	described, err := client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
	if err != nil || len(described.StreamDescription.Shards) != 1 {
		t.Fatalf("the stream has the shards %v (%v), want one", described, err)
	}
	start, err := client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: arn, ShardId: described.StreamDescription.Shards[0].ShardId, ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []streamtypes.Record
	for at := start.ShardIterator; ; {
		page, err := client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Records) == 0 {
			return all
		}
		for _, r := range page.Records {
			if r.Dynamodb.OldImage == nil || !reflect.DeepEqual(r.Dynamodb.OldImage, r.Dynamodb.NewImage) {
				all = append(all, r)
			}
		}
		at = page.NextShardIterator
	}
}

func newStreamRecord(t *testing.T, r streamtypes.Record) streamRecord {
	t.Helper()
	image := func(attributes map[string]streamtypes.AttributeValue) *localtest.Item {
		if attributes == nil {
			return nil
		}
		converted, err := attributevalue.FromDynamoDBStreamsMap(attributes)
		if err != nil {
			t.Fatal(err)
		}
		item, err := localtest.DecodeItem(converted)
		if err != nil {
			t.Fatal(err)
		}
		return &item
	}
	key := image(r.Dynamodb.Keys)
	return streamRecord{
		pair: pairOf(key.UserID, key.OrganizationID), eventID: *r.EventID,
		before: image(r.Dynamodb.OldImage), after: image(r.Dynamodb.NewImage),
	}
}
