package faults_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"users-organizations/infra/local/localtest"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
)

// changed is a record of the stream, read with the SDK alone.
type changed struct {
	pair, eventID, number string
	before, after         *localtest.Item
}

// kind is what the entry of the change has to say. Every write of the service
// makes a new revision, and what others write here makes none.
func (c changed) kind() string {
	switch {
	case c.after == nil:
		return "erased"
	case c.before != nil && revisionOf(c.before) == revisionOf(c.after):
		return "foreign"
	case c.after.Revision == "":
		return "registered"
	}
	return c.after.Operation
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

// readStream reads the whole stream of the memberships. Records of writes that
// changed nothing, which DynamoDB has not, are left out.
func readStream(t *testing.T, endpoint string) []changed {
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
	var all []changed
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
				all = append(all, newChanged(t, r))
			}
		}
		at = page.NextShardIterator
	}
}

func newChanged(t *testing.T, r streamtypes.Record) changed {
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
	c := changed{eventID: *r.EventID, number: *r.Dynamodb.SequenceNumber, before: image(r.Dynamodb.OldImage), after: image(r.Dynamodb.NewImage)}
	key := image(r.Dynamodb.Keys)
	c.pair = pairOf(key.UserID, key.OrganizationID)
	return c
}

func pairOf(user, organization int64) string { return fmt.Sprintf("%d/%d", user, organization) }

// entry is one of the history table, read with the SDK alone.
type entry struct {
	Pair      string
	Sequence  int64
	Type      string
	By        string
	RequestID string `json:"requestId"`
	Revision  string
	Before    *localtest.Membership
	After     *localtest.Membership
	Gap       bool
	EventID   string `json:"eventId"`
	Parts     int64
	Record    []byte
}

// readEntries reads the whole history table, by pair, in the order of sequences.
func readEntries(t *testing.T, endpoint string) map[string][]entry {
	t.Helper()
	found := map[string][]entry{}
	scan := dynamodb.NewScanPaginator(engine.Client(endpoint), &dynamodb.ScanInput{
		TableName: aws.String(template.LocalNames["HistoryTable"]), ConsistentRead: aws.Bool(true),
	})
	for scan.HasMorePages() {
		page, err := scan.NextPage(t.Context(), func(o *dynamodb.Options) { o.RetryMaxAttempts = 3 })
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			e := decodeEntry(t, item)
			found[e.Pair] = append(found[e.Pair], e)
		}
	}
	for _, entries := range found {
		slices.SortFunc(entries, func(a, b entry) int { return int(a.Sequence - b.Sequence) })
	}
	return found
}

func decodeEntry(t *testing.T, item map[string]types.AttributeValue) entry {
	t.Helper()
	var e entry
	err := attributevalue.UnmarshalMapWithOptions(item, &e, func(o *attributevalue.DecoderOptions) { o.TagKey = "json" })
	if err != nil {
		t.Fatal(err)
	}
	var user, organization int64
	_, _ = fmt.Sscanf(e.Pair, "%d/%d", &user, &organization)
	for _, m := range []*localtest.Membership{e.Before, e.After} {
		if m != nil {
			m.UserID, m.OrganizationID = user, organization
		}
	}
	return e
}

// checkEntries holds the entries to the records of the stream: one each, in
// order.
func checkEntries(t *testing.T, all []changed, entries map[string][]entry) {
	t.Helper()
	byPair := map[string][]changed{}
	for _, c := range all {
		byPair[c.pair] = append(byPair[c.pair], c)
	}
	if got, want := slices.Sorted(maps.Keys(entries)), slices.Sorted(maps.Keys(byPair)); !slices.Equal(got, want) {
		t.Errorf("there are histories of %v, want %v", got, want)
	}
	for pair, changes := range byPair {
		if len(entries[pair]) != len(changes) {
			t.Errorf("%s has %d entries, want %d", pair, len(entries[pair]), len(changes))
		}
		var before *localtest.Membership
		for i, e := range entries[pair][:min(len(changes), len(entries[pair]))] {
			c := changes[i]
			if e.Sequence != int64(i)+1 || e.EventID != c.eventID || e.Type != c.kind() || e.Gap || e.Parts > 0 {
				t.Errorf("entry %d of %s is %+v, want %s by the record %s", i+1, pair, e, c.kind(), c.eventID)
			}
			if !reflect.DeepEqual(e.Before, before) || !reflect.DeepEqual(e.Before, membershipOf(c.before)) || !reflect.DeepEqual(e.After, membershipOf(c.after)) {
				t.Errorf("entry %d of %s goes from %+v to %+v, want from %+v to %+v, after %+v",
					i+1, pair, e.Before, e.After, membershipOf(c.before), membershipOf(c.after), before)
			}
			before = e.After
		}
	}
}
