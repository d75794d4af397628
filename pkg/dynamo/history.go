package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

// HistoryClient has the calls of DynamoDB that a History makes: PutItem and Query
// to record, Query to read.
type HistoryClient interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// History is a history.Log on a table of its own, in which nothing is ever
// changed or deleted.
type History struct {
	client HistoryClient
	table  string
}

// NewHistory returns the log in a table.
func NewHistory(client HistoryClient, table string) *History {
	return &History{client: client, table: table}
}

// entryLayout is an item of the table of histories. Its key is pair and sequence.
type entryLayout struct {
	Pair     someText `dynamodbav:"pair"`     // S, both ids, such as 7/1
	Sequence integer  `dynamodbav:"sequence"` // N, from 1 on

	Type      someText          `dynamodbav:"type"`                // S, as callers see it
	At        moment            `dynamodbav:"at"`                  // S, as callers see it
	By        optionalText      `dynamodbav:"by,omitempty"`        // S
	RequestID optionalText      `dynamodbav:"requestId,omitempty"` // S
	Revision  optionalText      `dynamodbav:"revision,omitempty"`  // S, of after
	Before    *membershipLayout `dynamodbav:"before,omitempty"`    // M, absent where there was no membership
	After     *membershipLayout `dynamodbav:"after,omitempty"`     // M, absent where it is gone
	Gap       boolean           `dynamodbav:"gap,omitempty"`       // BOOL, true or absent

	EventID someText `dynamodbav:"eventId"` // S, of the stream's record
	Latest  moment   `dynamodbav:"latest"`  // S
	// N, how many items hold the stream's record, absent where it was readable.
	// Their pair is the partKey, their sequences count from 1.
	Parts count `dynamodbav:"parts,omitempty"`
}

// membershipLayout is a membership before or after a change, without its ids.
type membershipLayout struct {
	Scope       role        `dynamodbav:"scope"`
	Permissions permissions `dynamodbav:"permissions"`
	CreatedAt   moment      `dynamodbav:"createdAt"`
	UpdatedAt   moment      `dynamodbav:"updatedAt"`
	DeletedAt   deletion    `dynamodbav:"deletedAt,omitempty"`
}

func (l *membershipLayout) read(v types.AttributeValue) []string { return readMap(v, l) }

func newMembershipLayout(m *membership.Membership) *membershipLayout {
	if m == nil {
		return nil
	}
	return &membershipLayout{
		Scope: role(m.Scope), Permissions: newPermissions(m.Permissions),
		CreatedAt: moment(m.CreatedAt), UpdatedAt: moment(m.UpdatedAt), DeletedAt: deletion(m.DeletedAt),
	}
}

func (l *membershipLayout) domain(key membership.Key) *membership.Membership {
	if l == nil {
		return nil
	}
	return &membership.Membership{
		Key: key, Scope: int64(l.Scope), Permissions: l.Permissions.domain(),
		CreatedAt: time.Time(l.CreatedAt), UpdatedAt: time.Time(l.UpdatedAt), DeletedAt: time.Time(l.DeletedAt),
	}
}

// Append implements history.Log with one conditional PutItem. The parts of an
// unreadable record are stored before their entry.
func (h *History) Append(ctx context.Context, e history.Entry) error {
	ctx, cancel := inTime(ctx)
	defer cancel()
	parts := split(e.Raw)
	for i, part := range parts {
		err := h.put(ctx, item{
			"pair": text(partKey(e.EventID)), "sequence": number(int64(i) + 1),
			"record": &types.AttributeValueMemberB{Value: part},
		})
		if err != nil && !errors.Is(err, history.ErrTaken) {
			return err
		}
	}
	return h.put(ctx, marshal(entryLayout{
		Pair: someText(string(e.Pair)), Sequence: integer(e.Sequence),
		Type: someText(string(e.Type)), At: moment(e.At),
		By: optionalText(e.By), RequestID: optionalText(e.RequestID), Revision: optionalText(e.Revision),
		Before: newMembershipLayout(e.Before), After: newMembershipLayout(e.After),
		Gap: boolean(e.Gap), EventID: someText(e.EventID), Latest: moment(e.Latest),
		Parts: count(len(parts)),
	}))
}

// put stores an item, or returns ErrTaken where its key has one.
func (h *History) put(ctx context.Context, it item) error {
	_, err := h.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                aws.String(h.table),
		Item:                     it,
		ConditionExpression:      aws.String("attribute_not_exists(#pair)"),
		ExpressionAttributeNames: map[string]string{"#pair": "pair"},
	})
	if _, taken := errors.AsType[*types.ConditionalCheckFailedException](err); taken {
		return history.ErrTaken
	}
	if err != nil {
		return failed("put item", err)
	}
	return nil
}

// partKey is the partition of an unreadable record. A pair never contains a space,
// so no pair has the same partition.
func partKey(eventID string) string { return "record " + eventID }

// maxPart is the largest number of bytes of a record in one item. An item may have
// 400 KB (DynamoDB developer guide, "Quotas").
const maxPart = 350 << 10

func split(raw []byte) [][]byte {
	return slices.Collect(slices.Chunk(raw, maxPart))
}

// List implements history.Lister with one consistent Query, of 1 MB at most.
func (h *History) List(ctx context.Context, pair history.Pair, below int64, size int) ([]history.Entry, error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	out, err := h.client.Query(ctx, &dynamodb.QueryInput{
		TableName:                 aws.String(h.table),
		ConsistentRead:            aws.Bool(true),
		ScanIndexForward:          aws.Bool(false),
		Limit:                     aws.Int32(int32(size)), //nolint:gosec // 1,000 at most
		KeyConditionExpression:    aws.String("#pair = :pair AND #sequence < :below"),
		ExpressionAttributeNames:  map[string]string{"#pair": "pair", "#sequence": "sequence"},
		ExpressionAttributeValues: item{":pair": text(string(pair)), ":below": number(below)},
	})
	if err != nil {
		return nil, failed("query", err)
	}
	entries := make([]history.Entry, len(out.Items))
	for i, it := range out.Items {
		if entries[i], err = decodeEntry(it); err != nil {
			return nil, fmt.Errorf("read an entry of %s: %w", pair, err)
		}
	}
	return entries, nil
}

func decodeEntry(it item) (history.Entry, error) {
	var l entryLayout
	if wrong := unmarshal(it, &l); len(wrong) > 0 {
		return history.Entry{}, misfits(wrong)
	}
	pair := history.Pair(l.Pair)
	key := pair.Key()
	return history.Entry{
		Pair: pair, Sequence: int64(l.Sequence),
		Type: history.Type(l.Type), At: time.Time(l.At),
		By: string(l.By), RequestID: string(l.RequestID), Revision: string(l.Revision),
		Before: l.Before.domain(key), After: l.After.domain(key),
		Gap: bool(l.Gap), EventID: string(l.EventID), Latest: time.Time(l.Latest),
		Unreadable: l.Parts > 0,
	}, nil
}
