package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/dynamo/engine"
)

// rows is the number of memberships in a list.
const rows = 50

// next gives the event of the next call, and stores what it needs. A list and a get
// read the same each time, a change names the revision that the last one made, and
// a removal is of a membership that was stored just before.
func (s *subject) next(ctx context.Context) ([]byte, error) {
	switch s.event {
	case "":
		return s.events.event(s.program), nil
	case batch:
		return s.nextBatch(), nil
	}
	if s.owner == 0 {
		s.events.next++
		s.owner, s.revision = 3_000_000_000+s.events.next, sampleRevision
		if err := s.fill(ctx); err != nil {
			return nil, err
		}
	} else if s.event == "remove" {
		if err := s.put(ctx, s.owner, 1); err != nil {
			return nil, err
		}
	}
	if s.event == "list-of-organization" {
		return s.events.other(s.program, 1, s.owner, s.revision), nil
	}
	return s.events.other(s.program, s.owner, 1, s.revision), nil
}

// fill stores the memberships for the calls of a process.
func (s *subject) fill(ctx context.Context) error {
	n := int64(1)
	if strings.HasPrefix(s.event, "list") {
		n = rows
	}
	for other := range n {
		user, organization := s.owner, 1+other
		if s.event == "list-of-organization" {
			user, organization = organization, user
		}
		if err := s.put(ctx, user, organization); err != nil {
			return err
		}
	}
	return nil
}

// put stores an active membership, as a registration does.
func (s *subject) put(ctx context.Context, user, organization int64) error {
	number := func(n int64) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
	}
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	codes := &types.AttributeValueMemberL{Value: []types.AttributeValue{number(1), number(2)}}
	const at = "2024-12-09T14:23:00.000Z"
	_, err := engine.Client(s.engine).PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: map[string]types.AttributeValue{
		"userId": number(user), "organizationId": number(organization), "scope": number(1),
		"permissions": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"group": number(0), "read": codes, "manage": codes}},
		"createdAt":   text(at), "updatedAt": text(at), "registeredBy": text("1234567890"),
		"requestId": text("0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01"), "mark": text(sampleRevision),
	}})
	if err != nil {
		return fmt.Errorf("storing a membership: %w", err)
	}
	return nil
}

// remember keeps the revision that a change has made, for the next one.
func (s *subject) remember(body []byte) error {
	if s.event != "change" {
		return nil
	}
	var response struct {
		Headers struct{ ETag string }
	}
	if err := json.Unmarshal(body, &response); err != nil {
		return fmt.Errorf("reading a response: %w", err)
	}
	if etag := strings.Trim(response.Headers.ETag, `"`); etag != "" {
		s.revision = etag
	}
	return nil
}
