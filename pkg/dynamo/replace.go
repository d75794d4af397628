package dynamo

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// Get implements membership.Getter with one consistent GetItem.
func (s *Store) Get(ctx context.Context, key membership.Key) (membership.Record, error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      aws.String(s.table),
		Key:            keyOf(key),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return membership.Record{}, failed("get item", err)
	}
	if len(out.Item) == 0 {
		return membership.Record{}, membership.ErrNotFound
	}
	return stored(key, out.Item)
}

// Replace implements membership.Replacer with one conditional UpdateItem.
func (s *Store) Replace(ctx context.Context, r membership.Replacement) (membership.Record, error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	out, err := s.client.UpdateItem(ctx, update(s.table, r))
	if err == nil {
		return stored(r.Key, out.Attributes)
	}
	mismatch, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	switch {
	case !ok:
		return membership.Record{}, failed("update item", err)
	case len(mismatch.Item) == 0:
		return membership.Record{}, membership.ErrNotFound
	}
	old, err := stored(r.Key, mismatch.Item)
	if err != nil {
		return membership.Record{}, err
	}
	return membership.Record{}, &membership.MismatchError{Record: old}
}

func keyOf(key membership.Key) item {
	return item{"userId": number(key.UserID), "organizationId": number(key.OrganizationID)}
}

// The condition is membership.Replacement.Applies as an expression of DynamoDB. The
// item must
//   - have the named revision; or
//   - have the named mark, and no revision: after a change, the mark no longer
//     counts as one;
//   - and be active for a change or a removal, deleted for a restoration.
//
// An item that does not exist has neither, so the update does not create one.
const named = "(revision = :previous OR (attribute_not_exists(revision) AND mark = :previous)) AND "

// update asks for the old item where the condition fails, so that no read is needed
// to decide the result.
func update(table string, r membership.Replacement) *dynamodb.UpdateItemInput {
	e := expression{names: map[string]string{}, values: item{":string": text("S")}}
	e.set("revision", text(r.Last.Revision))
	e.set("previous", text(r.Last.Previous))
	e.set("operation", text(string(r.Last.Operation)))
	e.set("changedBy", text(r.Last.ChangedBy))
	e.set("changeHash", text(r.Last.Hash))
	e.set("requestId", text(r.RequestID))

	condition, at := named+isActive, text(membership.FormatTime(r.At))
	switch r.Last.Operation {
	case membership.Removed:
		e.set("deletedAt", at)
	case membership.Restored:
		condition = named + isDeleted
		e.set("updatedAt", at)
		e.remove = " REMOVE deletedAt"
	case membership.Changed:
		e.set("updatedAt", at)
		e.grant(r.Grant)
	}
	return &dynamodb.UpdateItemInput{
		TableName:                           aws.String(table),
		Key:                                 keyOf(r.Key),
		UpdateExpression:                    aws.String("SET " + strings.Join(e.sets, ", ") + e.remove),
		ConditionExpression:                 aws.String(condition),
		ExpressionAttributeNames:            e.names,
		ExpressionAttributeValues:           e.values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// expression collects what an UpdateExpression sets.
type expression struct {
	sets   []string
	remove string
	names  map[string]string
	values item
}

// set sets an attribute of the item, or of the map that within names. All names have
// placeholders, since DynamoDB reserves some (developer guide, "Reserved words in
// DynamoDB").
func (e *expression) set(name string, value types.AttributeValue, within ...string) {
	var path strings.Builder
	for _, outer := range within {
		path.WriteString("#" + outer + ".")
		e.names["#"+outer] = outer
	}
	e.sets = append(e.sets, path.String()+"#"+name+" = :"+name)
	e.names["#"+name] = name
	e.values[":"+name] = value
}

// grant sets what g names.
func (e *expression) grant(g membership.Grant) {
	if g.Scope != nil {
		e.set("scope", number(*g.Scope))
	}
	if g.Group != nil {
		e.set("group", number(*g.Group), "permissions")
	}
	if g.Manage != nil {
		e.set("manage", list(g.Manage), "permissions")
	}
	if g.Read != nil {
		e.set("read", list(g.Read), "permissions")
	}
}
