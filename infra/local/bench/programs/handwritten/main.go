// Command handwritten registers a user as most functions do: with the SDK's
// configuration, its default client and its encoder of items. It checks little, and
// has no logs and no metrics.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strconv"
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
}

type permissions struct {
	Group  int64   `dynamodbav:"group"  json:"group"`
	Read   []int64 `dynamodbav:"read"   json:"read"`
	Manage []int64 `dynamodbav:"manage" json:"manage"`
}

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

func (s service) handle(
	ctx context.Context, e events.APIGatewayProxyRequest,
) (events.APIGatewayProxyResponse, error) {
	var m membership
	if err := json.Unmarshal([]byte(e.Body), &m); err != nil {
		return respond(http.StatusBadRequest, map[string]string{"message": "the body is not valid"})
	}
	var err error
	if m.UserID, err = strconv.ParseInt(e.PathParameters["userId"], 10, 64); err != nil {
		return respond(http.StatusBadRequest, map[string]string{"message": "userId is not valid"})
	}
	if m.OrganizationID, err = strconv.ParseInt(e.PathParameters["organizationId"], 10, 64); err != nil {
		return respond(http.StatusBadRequest, map[string]string{"message": "organizationId is not valid"})
	}
	m.CreatedAt = time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	m.UpdatedAt = m.CreatedAt
	item, err := attributevalue.MarshalMap(m)
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:           aws.String(s.table),
		Item:                item,
		ConditionExpression: aws.String("attribute_not_exists(userId)"),
	})
	if _, taken := errors.AsType[*types.ConditionalCheckFailedException](err); taken {
		return respond(http.StatusConflict, map[string]string{"message": "the membership exists"})
	}
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	return respond(http.StatusCreated, map[string]membership{"data": m})
}

func respond(status int, body any) (events.APIGatewayProxyResponse, error) {
	text, err := json.Marshal(body)
	return events.APIGatewayProxyResponse{
		StatusCode: status,
		Headers:    map[string]string{"Content-Type": "application/json"},
		Body:       string(text),
	}, err
}
