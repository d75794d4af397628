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

// streamRecord is a record of the stream, read with the SDK alone.
type streamRecord struct {
	pair, eventID string
	before, after *localtest.Item
}

// kind is what the entry of the change has to say. Every write of the service
// makes a new revision, and what others write here makes none.
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

// readStream reads the whole stream of the memberships.
func readStream(t *testing.T, endpoint string) []streamRecord {
	t.Helper()
	var all []streamRecord
	for _, r := range readRecords(t, endpoint) {
		all = append(all, newStreamRecord(t, r))
	}
	return all
}

// lastNumber is the sequence number of the last record. It reads no images.
func lastNumber(t *testing.T, endpoint string) string {
	t.Helper()
	records := readRecords(t, endpoint)
	return *records[len(records)-1].Dynamodb.SequenceNumber
}

// readRecords reads the stream as it is. Records of writes that changed nothing,
// which DynamoDB has not, are left out.
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
