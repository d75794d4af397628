package localtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Item is a stored membership. The fields of Membership have the same names in the
// table and in responses.
type Item struct {
	Membership
	RegisteredBy   string `json:"registeredBy"`
	RequestID      string `json:"requestId"`
	Mark           string `json:"mark"`
	IdempotencyKey string `json:"idempotencyKey"`
	RequestHash    string `json:"requestHash"`
	Revision       string `json:"revision"`
	Previous       string `json:"previous"`
	Operation      string `json:"operation"`
	ChangedBy      string `json:"changedBy"`
}

// DecodeItem reads an item with the SDK's decoder, independently of the program
// under test.
func DecodeItem(attributes map[string]types.AttributeValue) (Item, error) {
	var item Item
	err := attributevalue.UnmarshalMapWithOptions(attributes, &item, func(o *attributevalue.DecoderOptions) { o.TagKey = "json" })
	return item, err
}

// Key is the key of a pair's item.
func Key(user, organization int64) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"userId":         &types.AttributeValueMemberN{Value: strconv.FormatInt(user, 10)},
		"organizationId": &types.AttributeValueMemberN{Value: strconv.FormatInt(organization, 10)},
	}
}

// again repeats a read whose connection broke: the SDK's own HTTP client sometimes
// closes one while the response arrives (aws/aws-sdk-go-v2#2737).
func again(o *dynamodb.Options) { o.RetryMaxAttempts = 3 }

// Stored is the pair's item, or nil if it has none.
func Stored(ctx context.Context, client *dynamodb.Client, user, organization int64) (*Item, error) {
	out, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(TableName), Key: Key(user, organization), ConsistentRead: aws.Bool(true),
	}, again)
	if err != nil || out.Item == nil {
		return nil, err
	}
	item, err := DecodeItem(out.Item)
	return &item, err
}

// Delete soft-deletes the pair's active item as another program would. at is in the
// table's form. It gives the item as it was before, or nil if none was active.
func Delete(ctx context.Context, client *dynamodb.Client, user, organization int64, at string) (*Item, error) {
	out, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 aws.String(TableName),
		Key:                       Key(user, organization),
		UpdateExpression:          aws.String("SET deletedAt = :at, updatedAt = :at"),
		ConditionExpression:       aws.String("attribute_exists(userId) AND attribute_not_exists(deletedAt)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":at": &types.AttributeValueMemberS{Value: at}},
		ReturnValues:              types.ReturnValueAllOld,
	})
	if refused := (*types.ConditionalCheckFailedException)(nil); errors.As(err, &refused) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("deleting: %w", err)
	}
	item, err := DecodeItem(out.Attributes)
	return &item, err
}

// All gives all items of the table.
func All(ctx context.Context, client *dynamodb.Client) ([]Item, error) {
	var items []Item
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(TableName), ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, again)
		if err != nil {
			return nil, err
		}
		for _, attributes := range page.Items {
			item, err := DecodeItem(attributes)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
	}
	return items, nil
}
