package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

// Client has the calls of DynamoDB that a Store makes: PutItem to register,
// UpdateItem and GetItem to change, GetItem, Query and BatchGetItem to read. Each
// function has the rights for its own calls alone.
type Client interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
}

// NewClient returns a DynamoDB client and the URL of its endpoint.
func NewClient(ctx context.Context, cfg aws.Config) (*dynamodb.Client, string, error) {
	where := dynamodb.EndpointParameters{Region: aws.String(cfg.Region), Endpoint: cfg.BaseEndpoint}
	found, err := dynamodb.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, where.WithDefaults())
	if err != nil {
		return nil, "", fmt.Errorf("find the endpoint of DynamoDB: %w", err)
	}
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.EndpointResolverV2 = fixedEndpoint(found)
		// pkg/awsclient compares checksums. The SDK would only log a wrong one.
		o.DisableValidateResponseChecksum = true
	}), found.URI.String(), nil
}

// fixedEndpoint skips the SDK's per-call endpoint rules (1 % of a call).
type fixedEndpoint smithyendpoints.Endpoint

// ResolveEndpoint implements dynamodb.EndpointResolverV2.
func (e fixedEndpoint) ResolveEndpoint(context.Context, dynamodb.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint(e), nil
}
