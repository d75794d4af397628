package main

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/api/apitest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
)

func newTestHandler(t *testing.T, store membership.Reader, out io.Writer) lambda.Handler {
	t.Helper()
	h, err := service{&membership.ReadService{Store: store}}.handler(apitest.Getenv("read"), out, apitest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// members are those that the sample events ask for: user 1 in organizations 1
// to 3, of which the second took them out, and users 2 and 3 in organization 1.
func members(t *testing.T) *membershiptest.Memory {
	t.Helper()
	var store membershiptest.Memory
	marks := apitest.Marks()
	for _, pair := range [][2]int64{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {3, 1}} {
		key := membership.Key{UserID: pair[0], OrganizationID: pair[1]}
		r := membership.Record{
			Key: key, Scope: 1 + key.OrganizationID%2,
			Permissions: membership.Permissions{Read: []int64{1, 2}, Manage: []int64{}},
			CreatedAt:   apitest.SampleTime, UpdatedAt: apitest.SampleTime,
			RegisteredBy: "ada", RequestID: "r", Mark: marks(),
		}
		if key.OrganizationID == 2 {
			r.Scope, r.DeletedAt = 2, apitest.SampleTime.Add(time.Hour)
		}
		if err := store.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return &store
}

func TestSampleEvents(t *testing.T) {
	t.Parallel()
	apitest.Run(t, func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		return newTestHandler(t, members(t), out)
	}, map[string]apitest.Sample{
		"get":                 {Status: 200},
		"get-deleted":         {Status: 200},
		"get-not-deleted":     {Status: 200},
		"get-write-scope":     {Status: 200},
		"get-delete-scope":    {Status: 200},
		"get-invalid":         {Status: 400},
		"get-doubled":         {Status: 400},
		"get-expired":         {Status: 401},
		"get-history-scope":   {Status: 403},
		"get-absent":          {Status: 404},
		"get-trailing-slash":  {Status: 404},
		"get-missing-context": {Status: 500},

		"list-of-user":                   {Status: 200},
		"list-of-user-first":             {Status: 200},
		"list-of-user-next":              {Status: 200},
		"list-of-user-filtered":          {Status: 200},
		"list-of-user-empty":             {Status: 200},
		"list-of-user-invalid":           {Status: 400},
		"list-of-user-doubled":           {Status: 400},
		"list-of-user-cursor-of-another": {Status: 400},
		"list-of-user-write-scope":       {Status: 403},

		"list-of-organization":            {Status: 200},
		"list-of-organization-first":      {Status: 200},
		"list-of-organization-read-scope": {Status: 200},
		"list-of-organization-invalid":    {Status: 400},
		"list-of-organization-no-scope":   {Status: 403},
	}, "get", "list-of-user", "list-of-organization")
}

// unavailable is a store out of reach.
type unavailable struct{ membership.Reader }

func (unavailable) Get(context.Context, membership.Key) (membership.Record, error) {
	return membership.Record{}, membership.ErrUnavailable
}

func (unavailable) List(context.Context, membership.List, int64, int) ([]membership.Record, *int64, error) {
	return nil, nil, membership.ErrUnavailable
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	apitest.Unavailable(t, func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		return newTestHandler(t, unavailable{}, out)
	}, "Wait as Retry-After says, then repeat the request.", "get", "list-of-user", "list-of-organization")
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	apitest.Configuration(t, newHandler, map[string]string{"ORGANIZATION_INDEX_NAME": "by-organization"}, "get-invalid")
}
