// Command handwrittenrest gets, lists, changes and removes memberships as most
// functions do: with the SDK's configuration, its default client and its decoder of
// items. It makes the same calls of DynamoDB as ours, checks little, and has no logs
// and no metrics.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type membership struct {
	UserID         int64       `dynamodbav:"userId"         json:"userId"`
	OrganizationID int64       `dynamodbav:"organizationId" json:"organizationId"`
	Scope          int64       `dynamodbav:"scope"          json:"scope"`
	Permissions    permissions `dynamodbav:"permissions"    json:"permissions"`
	DeletedAt      *string     `dynamodbav:"deletedAt"      json:"deletedAt"`
	UpdatedAt      string      `dynamodbav:"updatedAt"      json:"updatedAt"`
	CreatedAt      string      `dynamodbav:"createdAt"      json:"createdAt"`
	Mark           string      `dynamodbav:"mark"           json:"etag"`
}

type permissions struct {
	Group  int64   `dynamodbav:"group"  json:"group"`
	Read   []int64 `dynamodbav:"read"   json:"read"`
	Manage []int64 `dynamodbav:"manage" json:"manage"`
}

type item = map[string]types.AttributeValue

type service struct {
	client *dynamodb.Client
	table  string
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	s := service{client: dynamodb.NewFromConfig(cfg), table: os.Getenv("TABLE_NAME")}
	lambda.Start(s.handle)
}

func (s service) handle(ctx context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	user, organization := number(e.PathParameters["userId"]), number(e.PathParameters["organizationId"])
	key := item{"userId": user, "organizationId": organization}
	switch {
	case e.HTTPMethod == http.MethodPatch:
		return s.change(ctx, key, e.Body)
	case e.HTTPMethod == http.MethodDelete:
		return s.remove(ctx, key)
	case strings.HasSuffix(e.Resource, "/{organizationId}"):
		return s.get(ctx, key)
	case strings.HasSuffix(e.Resource, "/users"):
		return s.listUsers(ctx, organization)
	default:
		return s.listOrganizations(ctx, user)
	}
}

func number(text string) types.AttributeValue { return &types.AttributeValueMemberN{Value: text} }

func text(text string) types.AttributeValue { return &types.AttributeValueMemberS{Value: text} }

func now() types.AttributeValue {
	return text(time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

func (s service) get(ctx context.Context, key item) (events.APIGatewayProxyResponse, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	return one(out.Item)
}

func (s service) change(ctx context.Context, key item, body string) (events.APIGatewayProxyResponse, error) {
	var wish struct{ Scope json.Number }
	if err := json.Unmarshal([]byte(body), &wish); err != nil {
		return respond(http.StatusBadRequest, map[string]string{"message": "the body is not valid"})
	}
	return s.update(ctx, key, "SET #scope = :scope, updatedAt = :now, revision = :revision", map[string]string{"#scope": "scope"},
		item{":scope": number(wish.Scope.String()), ":now": now(), ":revision": text(rand.Text())})
}

func (s service) remove(ctx context.Context, key item) (events.APIGatewayProxyResponse, error) {
	return s.update(ctx, key, "SET deletedAt = :now, revision = :revision", nil, item{":now": now(), ":revision": text(rand.Text())})
}

func (s service) update(
	ctx context.Context, key item, update string, names map[string]string, values item,
) (events.APIGatewayProxyResponse, error) {
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key, UpdateExpression: &update,
		ConditionExpression:      aws.String("attribute_exists(userId) AND attribute_not_exists(deletedAt)"),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	return one(out.Attributes)
}

func (s service) listOrganizations(ctx context.Context, user types.AttributeValue) (events.APIGatewayProxyResponse, error) {
	out, err := s.client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(50),
		KeyConditionExpression:    aws.String("userId = :user"),
		FilterExpression:          aws.String("attribute_not_exists(deletedAt)"),
		ExpressionAttributeValues: item{":user": user},
	})
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	return many(out.Items)
}

func (s service) listUsers(ctx context.Context, organization types.AttributeValue) (events.APIGatewayProxyResponse, error) {
	out, err := s.client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String("by-organization"), Limit: aws.Int32(50),
		KeyConditionExpression:    aws.String("organizationId = :organization"),
		FilterExpression:          aws.String("attribute_not_exists(deletedAt)"),
		ExpressionAttributeValues: item{":organization": organization},
	})
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	var keys []item
	for _, found := range out.Items {
		keys = append(keys, item{"userId": found["userId"], "organizationId": found["organizationId"]})
	}
	back, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{s.table: {Keys: keys, ConsistentRead: aws.Bool(true)}},
	})
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	return many(back.Responses[s.table])
}

func one(it item) (events.APIGatewayProxyResponse, error) {
	var m membership
	if err := attributevalue.UnmarshalMap(it, &m); err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	return respond(http.StatusOK, map[string]membership{"data": m})
}

func many(items []item) (events.APIGatewayProxyResponse, error) {
	var all []membership
	if err := attributevalue.UnmarshalListOfMaps(items, &all); err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	return respond(http.StatusOK, map[string][]membership{"data": all})
}

func respond(status int, body any) (events.APIGatewayProxyResponse, error) {
	text, err := json.Marshal(body)
	return events.APIGatewayProxyResponse{
		StatusCode: status,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Body:       string(text),
	}, err
}
