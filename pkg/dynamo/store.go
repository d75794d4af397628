// Package dynamo keeps memberships in a DynamoDB table.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/membership"
)

// Limits fit into the 5 s that the function has, with room to answer, and
// leave the store a second a try, a hundred times what it usually takes.
var Limits = awsclient.Limits{Attempts: 3, Attempt: time.Second, Pause: 150 * time.Millisecond}

// answerTime is what a call leaves of its context's time, so that the caller
// hears of a failure before the function is stopped.
const answerTime = 500 * time.Millisecond

// Putter is the one call of DynamoDB that a registration makes.
type Putter interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

// Store is a membership.Store on one table.
type Store struct {
	client Putter
	table  string
}

// NewStore makes a store of the table of that name.
func NewStore(client Putter, table string) *Store {
	return &Store{client: client, table: table}
}

// NewClient makes a DynamoDB client, and tells the URL that it talks to. An
// empty endpoint means the region's own.
func NewClient(ctx context.Context, cfg aws.Config, endpoint string) (*dynamodb.Client, string, error) {
	where := dynamodb.EndpointParameters{Region: aws.String(cfg.Region)}
	if endpoint != "" {
		where.Endpoint = aws.String(endpoint)
	}
	found, err := dynamodb.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, where.WithDefaults())
	if err != nil {
		return nil, "", fmt.Errorf("find the endpoint of DynamoDB: %w", err)
	}
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.EndpointResolverV2 = fixedEndpoint(found)
		// pkg/awsclient compares checksums; the SDK only logs one that is wrong.
		o.DisableValidateResponseChecksum = true
	}), found.URI.String(), nil
}

// fixedEndpoint skips the SDK's per-call endpoint rules (1 % of a call).
type fixedEndpoint smithyendpoints.Endpoint

// ResolveEndpoint implements dynamodb.EndpointResolverV2.
func (e fixedEndpoint) ResolveEndpoint(context.Context, dynamodb.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint(e), nil
}

// Create implements membership.Store with one conditional PutItem, which
// DynamoDB carries out as one step and acknowledges once it is durable.
func (s *Store) Create(ctx context.Context, r membership.Record) (*membership.Replaced, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
		defer cancel()
	}
	out, err := s.client.PutItem(ctx, put(s.table, r))
	var taken *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return replaced(out.Attributes), nil
	case errors.As(err, &taken):
		return nil, occupied(r, taken.Item)
	case transient(err):
		return nil, fmt.Errorf("%w: put item: %w", membership.ErrUnavailable, err)
	default:
		return nil, fmt.Errorf("put item: %w", err)
	}
}

// The condition is membership.Record.MayTake in DynamoDB's words. Clause by
// clause, the item is written where
//   - none has this key; or
//   - the one that has it is soft-deleted, and deletedAt is a string: an
//     attribute of another type does not count as deleted;
//   - and the deleted one is not of this very registration, whose first
//     attempt was stored though its answer was lost;
//   - and it is not of this caller's same Idempotency-Key.
//
// A comparison with an absent attribute is false, hence NOT (a = b) for what
// a <> b would leave to the engine.
const (
	free    = "attribute_not_exists(userId) OR (attribute_type(deletedAt, :string) AND NOT (mark = :mark)"
	notMine = " AND NOT (registeredBy = :caller AND idempotencyKey = :key)"
)

// put asks for the old item in both cases: the replaced one is logged, and the
// one that stands in the way decides the answer without a read.
func put(table string, r membership.Record) *dynamodb.PutItemInput {
	condition := free
	values := map[string]types.AttributeValue{
		":string": text("S"),
		":mark":   text(r.Mark),
	}
	if r.IdempotencyKey != "" {
		condition += notMine
		values[":caller"] = text(r.RegisteredBy)
		values[":key"] = text(r.IdempotencyKey)
	}
	return &dynamodb.PutItemInput{
		TableName:                           aws.String(table),
		Item:                                encode(r),
		ConditionExpression:                 aws.String(condition + ")"),
		ExpressionAttributeValues:           values,
		ReturnValues:                        types.ReturnValueAllOld,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

func occupied(asked membership.Record, item map[string]types.AttributeValue) error {
	stored, err := decode(item)
	if err != nil {
		return fmt.Errorf("read the stored membership of user %d in organization %d: %w",
			asked.UserID, asked.OrganizationID, err)
	}
	return &membership.OccupiedError{Record: stored}
}

// transient says whether a later call may succeed: after throttling, a failure
// of the service or of the network, a response cut short. What DynamoDB refuses
// for a reason, such as missing rights or a missing table, stays refused.
func transient(err error) bool {
	var response interface{ HTTPStatusCode() int }
	if !errors.As(err, &response) {
		return unanswered(err)
	}
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() == unnamed {
		return true // a proxy's response: DynamoDB names each of its errors
	}
	_, throttled := retry.DefaultThrottleErrorCodes[refusal.ErrorCode()]
	var conflict *types.TransactionConflictException // another writer's transaction
	return throttled || errors.As(err, &conflict) || response.HTTPStatusCode() >= http.StatusInternalServerError
}

// unnamed is the code that the SDK gives to an error without a name.
const unnamed = "UnknownError"

func unanswered(err error) bool {
	var unsent *smithyhttp.RequestSendError
	return errors.As(err, &unsent) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
