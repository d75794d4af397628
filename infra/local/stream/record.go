package stream

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// record is one change of an item as a function gets it (AWS Lambda developer
// guide, "Process DynamoDB records with Lambda", the example event).
type record struct {
	AWSRegion      string `json:"awsRegion"`
	Change         change `json:"dynamodb"`
	EventID        string `json:"eventID"`
	EventName      string `json:"eventName"`
	EventSource    string `json:"eventSource"`
	EventSourceARN string `json:"eventSourceARN"`
	EventVersion   string `json:"eventVersion"`
}

type change struct {
	// ApproximateCreationDateTime is in Unix seconds.
	ApproximateCreationDateTime int64
	Keys                        image
	NewImage                    image `json:",omitempty"`
	OldImage                    image `json:",omitempty"`
	SequenceNumber              string
	SizeBytes                   int64
	StreamViewType              string
}

// image are the attributes of an item in DynamoDB's JSON.
type image = json.RawMessage

// newBatch converts records. It leaves out those that change nothing: the embedded
// engine's streams have them, DynamoDB's don't (StreamRecord in the DynamoDB API
// reference).
func newBatch(arn string, records []types.Record) ([]record, error) {
	var batch []record
	for _, r := range records {
		d := r.Dynamodb
		if d.OldImage != nil && reflect.DeepEqual(d.OldImage, d.NewImage) {
			continue
		}
		converted := record{
			AWSRegion:      aws.ToString(r.AwsRegion),
			EventID:        aws.ToString(r.EventID),
			EventName:      string(r.EventName),
			EventSource:    aws.ToString(r.EventSource),
			EventSourceARN: arn,
			EventVersion:   aws.ToString(r.EventVersion),
			Change: change{
				ApproximateCreationDateTime: aws.ToTime(d.ApproximateCreationDateTime).Unix(),
				SequenceNumber:              aws.ToString(d.SequenceNumber),
				SizeBytes:                   aws.ToInt64(d.SizeBytes),
				StreamViewType:              string(d.StreamViewType),
			},
		}
		for to, from := range map[*image]map[string]types.AttributeValue{
			&converted.Change.Keys: d.Keys, &converted.Change.NewImage: d.NewImage, &converted.Change.OldImage: d.OldImage,
		} {
			var err error
			if *to, err = newImage(from); err != nil {
				return nil, fmt.Errorf("reading the record %s: %w", converted.Change.SequenceNumber, err)
			}
		}
		batch = append(batch, converted)
	}
	return batch, nil
}

func newImage(attributes map[string]types.AttributeValue) (image, error) {
	if attributes == nil {
		return nil, nil
	}
	item, err := attributevalue.FromDynamoDBStreamsMap(attributes)
	if err != nil {
		return nil, err
	}
	return attributevalue.MarshalMapJSON(item)
}
