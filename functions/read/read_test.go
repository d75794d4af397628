package main

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/api/apitest"
	"users-organizations/pkg/history"
	"users-organizations/pkg/history/historytest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
)

func newTestHandler(t *testing.T, store membership.Reader, log history.Lister, out io.Writer) lambda.Handler {
	t.Helper()
	h, err := newService(store, log).handler(apitest.Getenv("read"), out, apitest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// members has the memberships of the sample events: user 1 in organizations 1 to 3,
// removed from the second, and users 2 and 3 in organization 1.
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

// history4 stores a membership of user 4 in organization 4, and its history with
// entries of all types.
func history4(t *testing.T, store *membershiptest.Memory) *historytest.Memory {
	t.Helper()
	key := membership.Key{UserID: 4, OrganizationID: 4}
	registered := func(hour int) membership.Record {
		at := apitest.SampleTime.Add(time.Duration(hour) * time.Hour)
		return membership.Record{
			Key: key, Scope: 1, Permissions: membership.Permissions{Read: []int64{1, 2}, Manage: []int64{}},
			CreatedAt: at, UpdatedAt: at, RegisteredBy: "ada", RequestID: fmt.Sprint("r-", hour), Mark: fmt.Sprintf("%032x", 4*16+hour),
		}
	}
	then := func(old membership.Record, hour int, operation membership.Operation, grant membership.Grant) membership.Record {
		return membership.Replacement{
			Key: key, Grant: grant, RequestID: fmt.Sprint("r-", hour), At: apitest.SampleTime.Add(time.Duration(hour) * time.Hour),
			Last: membership.LastChange{
				Revision: fmt.Sprintf("%032x", 4*16+hour), Previous: old.Revision(), Operation: operation, ChangedBy: "1234567890", Hash: "h",
			},
		}.Apply(old)
	}
	first := registered(0)
	changed := then(first, 1, membership.Changed, membership.Grant{Scope: new(int64(2))})
	removed := then(changed, 2, membership.Removed, membership.Grant{})
	restored := then(removed, 3, membership.Restored, membership.Grant{})
	missing := then(restored, 4, membership.Changed, membership.Grant{Scope: new(int64(1))})
	edited := missing
	edited.Permissions.Group = 7
	anew := registered(8)

	of := func(r *membership.Record) history.Image { return history.Image{Record: r} }
	var log historytest.Memory
	recorder := history.Recorder{Log: &log}
	for hour, change := range []history.Change{
		{After: of(&first)}, {Before: of(&first), After: of(&changed)},
		{Before: of(&changed), After: of(&removed)}, {Before: of(&removed), After: of(&restored)},
		4: {}, // never reached the recorder
		5: {Before: of(&missing), After: of(&edited)},
		6: {Before: of(&edited), After: history.Image{Unreadable: true}, Raw: []byte("{}")},
		7: {Before: history.Image{Unreadable: true}, Raw: []byte("{}")}, 8: {After: of(&anew)},
	} {
		change.Pair, change.EventID = history.PairOf(key), fmt.Sprint("event-", hour)
		change.At = apitest.SampleTime.Add(time.Duration(hour) * time.Hour)
		if hour == 4 {
			continue
		}
		if _, _, err := recorder.Record(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Put(t.Context(), anew); err != nil {
		t.Fatal(err)
	}
	return &log
}

func TestSampleEvents(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "read", func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		store := members(t)
		return newTestHandler(t, store, history4(t, store), out)
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

		"history":                   {Status: 200},
		"history-first":             {Status: 200},
		"history-next":              {Status: 200},
		"history-late":              {Status: 200},
		"history-empty":             {Status: 200},
		"history-scope":             {Status: 200},
		"history-invalid":           {Status: 400},
		"history-doubled":           {Status: 400},
		"history-cursor-of-another": {Status: 400},
		"history-cursor-of-list":    {Status: 400},
		"history-expired":           {Status: 401},
		"history-other-scopes":      {Status: 403},
		"history-older-authorizer":  {Status: 403},
		"history-trailing-slash":    {Status: 404},
	})
}

// unavailable is a store that can't be reached.
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
		return newTestHandler(t, unavailable{}, &historytest.Memory{}, out)
	}, "Wait as Retry-After says, then repeat the request.", apitest.FirstSamples("read")...)
}

// noHistory is a log that can't be reached.
type noHistory struct{}

func (noHistory) List(context.Context, history.Pair, int64, int) ([]history.Entry, error) {
	return nil, membership.ErrUnavailable
}

func TestHistoryUnavailable(t *testing.T) {
	t.Parallel()
	apitest.Unavailable(t, func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		return newTestHandler(t, members(t), noHistory{}, out)
	}, "Wait as Retry-After says, then repeat the request.", "history", "history-empty")
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	apitest.Configuration(t, newHandler, map[string]string{
		"ORGANIZATION_INDEX_NAME": "by-organization", "HISTORY_TABLE_NAME": "memberships-history",
	}, "get-invalid")
}
