package dynamo

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/membership"
)

// List implements membership.Lister. A user's list is one consistent Query of the
// table. An organization's is one Query of the index and a consistent read of the
// items: the index lags behind the table (DynamoDB developer guide, "Using Global
// Secondary Indexes in DynamoDB"), and may show members that are removed.
func (s *Store) List(ctx context.Context, l membership.List, after int64, size int) ([]membership.Record, *int64, error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	q := s.query(l, after)
	q.Limit = aws.Int32(int32(size) + 1) //nolint:gosec // membership.MaxPageSize at most
	out, err := s.client.Query(ctx, q)
	if err != nil {
		return nil, nil, failed("query", err)
	}
	found := out.Items
	next, err := lastOf(l, out.LastEvaluatedKey)
	if err != nil {
		return nil, nil, err
	}
	if len(found) > size {
		found = found[:size]
		if next, err = lastOf(l, found[size-1]); err != nil {
			return nil, nil, err
		}
	}
	if l.Side == membership.OfOrganization {
		if found, err = s.readBack(ctx, found); err != nil {
			return nil, nil, err
		}
	}
	records, err := fitting(l, found)
	return records, next, err
}

// Count implements membership.Lister.
func (s *Store) Count(ctx context.Context, l membership.List, most int) (int, bool, error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	q := s.query(l, membership.MinInteger-1)
	q.Select = types.SelectCount
	for n := 0; ; {
		out, err := s.client.Query(ctx, q)
		if err != nil {
			return 0, false, failed("query", err)
		}
		n += int(out.Count)
		if n > most || len(out.LastEvaluatedKey) == 0 {
			return n, n <= most, nil
		}
		q.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// query selects the items of a list whose other id is above after. A filter sees the
// index, so a membership that has just come into the list may be missing.
func (s *Store) query(l membership.List, after int64) *dynamodb.QueryInput {
	owner, other := "userId", "organizationId"
	q := &dynamodb.QueryInput{
		TableName:      aws.String(s.table),
		ConsistentRead: aws.Bool(true),
	}
	if l.Side == membership.OfOrganization {
		owner, other = other, owner
		q.IndexName, q.ConsistentRead = aws.String(s.index), nil
	}
	q.KeyConditionExpression = aws.String(owner + " = :owner AND " + other + " > :after")
	q.ExpressionAttributeValues = item{":owner": number(l.ID), ":after": number(after)}

	var filters []string
	switch l.Deleted {
	case membership.ExcludeDeleted:
		filters = append(filters, isActive)
	case membership.OnlyDeleted:
		filters = append(filters, isDeleted)
	case membership.IncludeDeleted:
	}
	if filters != nil {
		q.ExpressionAttributeValues[":string"] = text("S")
	}
	if l.Scope != 0 {
		filters = append(filters, "#scope = :scope")
		q.ExpressionAttributeNames = map[string]string{"#scope": "scope"}
		q.ExpressionAttributeValues[":scope"] = number(l.Scope)
	}
	if filters != nil {
		q.FilterExpression = aws.String(strings.Join(filters, " AND "))
	}
	return q
}

// lastOf returns the id in a key that orders a list, or nil for an empty key.
func lastOf(l membership.List, key item) (*int64, error) {
	if len(key) == 0 {
		return nil, nil
	}
	k, err := decodeKey(key)
	if err != nil {
		return nil, err
	}
	return new(l.Other(k)), nil
}

// readBack reads the items of some keys consistently, and returns those that exist,
// in no order. DynamoDB leaves keys unprocessed where the response would be too
// large or the table is throttled. These are read again until the time is over.
func (s *Store) readBack(ctx context.Context, keys []item) ([]item, error) {
	wanted := make([]item, len(keys))
	for i, key := range keys {
		wanted[i] = item{"userId": key["userId"], "organizationId": key["organizationId"]}
	}
	var found []item
	for len(wanted) > 0 {
		out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{s.table: {Keys: wanted, ConsistentRead: aws.Bool(true)}},
		})
		if err != nil {
			return nil, failed("batch get item", err)
		}
		found = append(found, out.Responses[s.table]...)
		left := out.UnprocessedKeys[s.table].Keys
		if len(left) == len(wanted) {
			if err := pause(ctx); err != nil {
				return nil, failed("batch get item", err)
			}
		}
		wanted = left
	}
	return found, nil
}

// pause waits before the next attempt at a throttled table.
func pause(ctx context.Context) error {
	select {
	case <-time.After(Limits.Pause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fitting decodes items and returns those in the list, in its order. One that was
// read back may have left the list since the index saw it.
func fitting(l membership.List, items []item) ([]membership.Record, error) {
	records := make([]membership.Record, 0, len(items))
	for _, it := range items {
		r, err := decode(it)
		if err != nil {
			key, _ := decodeKey(it)
			return nil, unreadable(key, err)
		}
		if l.Has(r.Membership) {
			records = append(records, r)
		}
	}
	slices.SortFunc(records, l.Compare)
	return records, nil
}
