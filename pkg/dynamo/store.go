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
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/membership"
)

// Limits fit into the function's 5 s, with time left to respond. An attempt may take
// a second, a hundred times what DynamoDB usually takes.
var Limits = awsclient.Limits{Attempts: 3, Attempt: time.Second, Pause: 150 * time.Millisecond}

// responseTime is what a call leaves of the function's time, so that a failure
// becomes a response before Lambda stops the function.
const responseTime = 500 * time.Millisecond

// Store is a membership.Store, Replacer and Reader on one table.
type Store struct {
	client       Client
	table, index string
}

// NewStore returns the store in a table. index names the index that lists the
// members of organizations; it is empty in a function that lists none.
func NewStore(client Client, table, index string) *Store {
	return &Store{client: client, table: table, index: index}
}

// Create implements membership.Store with one conditional PutItem, which
// DynamoDB carries out as one step and acknowledges once it is durable.
func (s *Store) Create(ctx context.Context, r membership.Record) (*membership.Replaced, error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	out, err := s.client.PutItem(ctx, put(s.table, r))
	if err == nil {
		return replaced(out.Attributes), nil
	}
	if taken, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		stored, err := stored(r.Key, taken.Item)
		if err != nil {
			return nil, err
		}
		return nil, &membership.OccupiedError{Record: stored}
	}
	return nil, failed("put item", err)
}

// inTime ends a call early enough to respond.
func inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	return awsclient.Leaving(ctx, responseTime)
}

// failed wraps the error of a call, in ErrUnavailable where it is transient.
func failed(call string, err error) error {
	if transient(err) {
		return fmt.Errorf("%w: %s: %w", membership.ErrUnavailable, call, err)
	}
	return fmt.Errorf("%s: %w", call, err)
}

// stored reads the item of a key.
func stored(key membership.Key, it item) (membership.Record, error) {
	r, err := decode(it)
	if err != nil {
		return membership.Record{}, unreadable(key, err)
	}
	return r, nil
}

func unreadable(key membership.Key, err error) error {
	return fmt.Errorf("%w: user %d in organization %d: %w", membership.ErrUnreadable, key.UserID, key.OrganizationID, err)
}

// Conditions on an item's deletedAt, with S for :string. An attribute of another
// type does not count as deleted.
const (
	isDeleted = "attribute_type(deletedAt, :string)"
	isActive  = "NOT " + isDeleted
)

// The condition is membership.Record.MayTake in DynamoDB's words. Clause by
// clause, the item is written where
//   - no item has this key; or
//   - the one that has it was soft-deleted before this registration was asked
//     for: an attempt that comes late must not take the place of a membership
//     that came and went since. Times are written in one form, in which their
//     order is that of the texts;
//   - and the deleted one is not of this very registration, whose first
//     attempt was stored though its response was lost;
//   - and it is not of this caller's same Idempotency-Key.
//
// A comparison with an attribute that is absent, or of another type, is false
// (DynamoDB API reference, "Condition"): such a deletedAt does not count as
// deleted, and NOT (a = b) says what a <> b would leave to the engine.
const (
	free    = "attribute_not_exists(userId) OR (deletedAt < :asked AND NOT (mark = :mark)"
	notMine = " AND NOT (registeredBy = :caller AND idempotencyKey = :key)"
)

// put asks for the old item in both cases: the replaced one is logged, and the
// one that stands in the way decides the response without a read.
func put(table string, r membership.Record) *dynamodb.PutItemInput {
	condition := free
	values := map[string]types.AttributeValue{
		":asked": text(membership.FormatTime(r.CreatedAt)),
		":mark":  text(r.Mark),
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

// transient says whether a later call may succeed: after throttling, a failure of
// the service or of the network, an incomplete response. A refusal for a reason,
// such as missing rights or a missing table, is permanent.
func transient(err error) bool {
	var response interface{ HTTPStatusCode() int }
	if !errors.As(err, &response) {
		return withoutResponse(err)
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

func withoutResponse(err error) bool {
	var unsent *smithyhttp.RequestSendError
	return errors.As(err, &unsent) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
