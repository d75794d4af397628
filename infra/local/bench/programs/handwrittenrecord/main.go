// Command handwrittenrecord records the changes of a stream as most functions would:
// with the SDK's configuration, its default clients and its encoder of items. It
// makes the same calls as functions/record, and an entry and an event of each
// change. It checks little, recognizes only the last entry as a duplicate, and has
// no logs and no metrics.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

type membership struct {
	UserID         int64       `dynamodbav:"userId"         json:"userId"`
	OrganizationID int64       `dynamodbav:"organizationId" json:"organizationId"`
	Scope          int64       `dynamodbav:"scope"          json:"scope"`
	Permissions    permissions `dynamodbav:"permissions"    json:"permissions"`
	DeletedAt      *string     `dynamodbav:"deletedAt"      json:"deletedAt"`
	UpdatedAt      string      `dynamodbav:"updatedAt"      json:"updatedAt"`
	CreatedAt      string      `dynamodbav:"createdAt"      json:"createdAt"`
}

// image is an item as the stream shows it.
type image struct {
	membership
	Operation string `dynamodbav:"operation"`
	ChangedBy string `dynamodbav:"changedBy"`
	RequestID string `dynamodbav:"requestId"`
	Revision  string `dynamodbav:"revision"`
}

type permissions struct {
	Group  int64   `dynamodbav:"group"  json:"group"`
	Read   []int64 `dynamodbav:"read"   json:"read"`
	Manage []int64 `dynamodbav:"manage" json:"manage"`
}

type entry struct {
	Pair      string      `dynamodbav:"pair"               json:"-"`
	Sequence  int64       `dynamodbav:"sequence"           json:"sequence"`
	Type      string      `dynamodbav:"type"               json:"type"`
	At        string      `dynamodbav:"at"                 json:"at"`
	By        string      `dynamodbav:"by"                 json:"by"`
	RequestID string      `dynamodbav:"requestId"          json:"requestId"`
	Revision  string      `dynamodbav:"revision"           json:"etag"`
	Before    *membership `dynamodbav:"before,omitempty"   json:"before"`
	After     *membership `dynamodbav:"after,omitempty"    json:"after"`
	EventID   string      `dynamodbav:"eventId"            json:"-"`
}

// source is the source of the events.
const source = "/users-organizations/v1"

type cloudEvent struct {
	SpecVersion     string `json:"specversion"`
	ID              string `json:"id"`
	Source          string `json:"source"`
	Type            string `json:"type"`
	Subject         string `json:"subject"`
	Time            string `json:"time"`
	Sequence        string `json:"sequence"`
	DataContentType string `json:"datacontenttype"`
	Data            entry  `json:"data"`
}

type recorder struct {
	history        *dynamodb.Client
	bus            *eventbridge.Client
	table, busName string
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	r := recorder{
		history: dynamodb.NewFromConfig(cfg), bus: eventbridge.NewFromConfig(cfg),
		table: os.Getenv("HISTORY_TABLE_NAME"), busName: os.Getenv("EVENT_BUS_NAME"),
	}
	lambda.Start(r.handle)
}

func (r recorder) handle(ctx context.Context, batch events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	var published []types.PutEventsRequestEntry
	for _, record := range batch.Records {
		e, err := r.record(ctx, record)
		if err != nil {
			return events.DynamoDBEventResponse{}, err
		}
		detail, err := json.Marshal(cloudEvent{
			SpecVersion: "1.0", ID: e.EventID, Source: source, Type: "users-organizations.membership." + e.Type,
			Subject: "users/" + record.Change.Keys["userId"].Number() + "/organizations/" + record.Change.Keys["organizationId"].Number(),
			Time:    e.At, Sequence: fmt.Sprintf("%016d", e.Sequence), DataContentType: "application/json", Data: e,
		})
		if err != nil {
			return events.DynamoDBEventResponse{}, err
		}
		published = append(published, types.PutEventsRequestEntry{
			EventBusName: aws.String(r.busName), Source: aws.String(source),
			DetailType: aws.String("users-organizations.membership." + e.Type), Detail: aws.String(string(detail)),
		})
	}
	const most = 10
	for some := range slices.Chunk(published, most) {
		out, err := r.bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: some})
		if err == nil && out.FailedEntryCount > 0 {
			err = fmt.Errorf("%d events were refused", out.FailedEntryCount)
		}
		if err != nil {
			return events.DynamoDBEventResponse{}, err
		}
	}
	return events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}, nil
}

// record appends the entry of a change after the last one of its pair.
func (r recorder) record(ctx context.Context, record events.DynamoDBEventRecord) (entry, error) {
	keys := record.Change.Keys
	e := entry{
		Pair:    keys["userId"].Number() + "/" + keys["organizationId"].Number(),
		EventID: record.EventID, At: record.Change.ApproximateCreationDateTime.UTC().Format(time.RFC3339),
	}
	before, err := read(record.Change.OldImage)
	if err != nil {
		return e, err
	}
	if before != nil {
		e.Before = &before.membership
	}
	after, err := read(record.Change.NewImage)
	if err != nil {
		return e, err
	}
	if after != nil {
		e.After = &after.membership
		e.Type, e.By, e.RequestID, e.Revision, e.At = after.Operation, after.ChangedBy, after.RequestID, after.Revision, after.UpdatedAt
	}
	last, err := r.history.Query(ctx, &dynamodb.QueryInput{
		TableName: aws.String(r.table), Limit: aws.Int32(1), ScanIndexForward: aws.Bool(false), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pair = :pair"),
		ExpressionAttributeValues: map[string]dynamodbtypes.AttributeValue{":pair": &dynamodbtypes.AttributeValueMemberS{Value: e.Pair}},
	})
	if err != nil {
		return e, err
	}
	e.Sequence = 1
	if len(last.Items) > 0 {
		var newest entry
		if err := attributevalue.UnmarshalMap(last.Items[0], &newest); err != nil || newest.EventID == e.EventID {
			return newest, err
		}
		e.Sequence = newest.Sequence + 1
	}
	item, err := attributevalue.MarshalMap(e)
	if err != nil {
		return e, err
	}
	_, err = r.history.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(r.table), Item: item, ConditionExpression: aws.String("attribute_not_exists(pair)"),
	})
	return e, err
}

func read(attributes map[string]events.DynamoDBAttributeValue) (*image, error) {
	if len(attributes) == 0 {
		return nil, nil
	}
	var i image
	err := attributevalue.UnmarshalMap(convert(attributes), &i)
	return &i, err
}

// convert converts attributes of an event to the SDK's.
func convert(attributes map[string]events.DynamoDBAttributeValue) map[string]dynamodbtypes.AttributeValue {
	item := make(map[string]dynamodbtypes.AttributeValue, len(attributes))
	for name, value := range attributes {
		item[name] = convertValue(value)
	}
	return item
}

func convertValue(v events.DynamoDBAttributeValue) dynamodbtypes.AttributeValue {
	switch v.DataType() {
	case events.DataTypeNumber:
		return &dynamodbtypes.AttributeValueMemberN{Value: v.Number()}
	case events.DataTypeMap:
		return &dynamodbtypes.AttributeValueMemberM{Value: convert(v.Map())}
	case events.DataTypeList:
		list := make([]dynamodbtypes.AttributeValue, len(v.List()))
		for i, each := range v.List() {
			list[i] = convertValue(each)
		}
		return &dynamodbtypes.AttributeValueMemberL{Value: list}
	case events.DataTypeString:
		return &dynamodbtypes.AttributeValueMemberS{Value: v.String()}
	default:
		return &dynamodbtypes.AttributeValueMemberNULL{Value: true}
	}
}
