package main

import (
	"context"
	"io"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/api/apitest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
)

func newTestHandler(t *testing.T, store membership.Replacer, out io.Writer) lambda.Handler {
	t.Helper()
	s := service{&membership.ChangeService{Store: store, Now: apitest.Now, NewRevision: apitest.Marks()}}
	h, err := s.handler(apitest.Getenv("change"), out, apitest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// member has the one membership of the sample events.
func member(t *testing.T) *membershiptest.Memory {
	t.Helper()
	var store membershiptest.Memory
	registered := apitest.SampleTime.AddDate(0, -1, 0)
	err := store.Put(t.Context(), membership.Record{
		UserID: 1, OrganizationID: 1, Scope: 1,
		Permissions: membership.Permissions{Read: []int64{1, 2}, Manage: []int64{1, 2}},
		CreatedAt:   registered, UpdatedAt: registered,
		RegisteredBy: "ada", RequestID: "r", Mark: "0123456789abcdef0123456789abcdef",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &store
}

func TestSampleEvents(t *testing.T) {
	t.Parallel()
	remove := []string{"remove"}
	apitest.Run(t, "change", func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		return newTestHandler(t, member(t), out)
	}, map[string]apitest.Sample{
		"change":                    {Status: 200},
		"change-json":               {Status: 200},
		"change-replayed":           {Status: 200, Before: []string{"change"}},
		"change-older-authorizer":   {Status: 200},
		"change-weak":               {Status: 400},
		"change-doubled-etag":       {Status: 400},
		"change-nothing":            {Status: 400},
		"change-null":               {Status: 400},
		"change-invalid":            {Status: 400},
		"change-delete-scope":       {Status: 403},
		"change-absent":             {Status: 404},
		"change-of-removed":         {Status: 404, Before: remove},
		"change-trailing-slash":     {Status: 404},
		"change-stale":              {Status: 412, Before: []string{"change"}},
		"change-too-large":          {Status: 413},
		"change-wrong-content-type": {Status: 415},
		"change-no-content-type":    {Status: 415},
		"change-without-etag":       {Status: 428},
		"change-of-any":             {Status: 428},

		"remove":                  {Status: 200},
		"remove-any":              {Status: 200},
		"remove-again":            {Status: 200, Before: remove},
		"remove-by-another":       {Status: 200, Before: remove},
		"remove-content-type":     {Status: 200},
		"remove-body":             {Status: 400},
		"remove-empty-etag":       {Status: 400},
		"remove-write-scope":      {Status: 403},
		"remove-older-authorizer": {Status: 403},
		"remove-absent":           {Status: 404},
		"remove-any-absent":       {Status: 404},
		"remove-stale":            {Status: 412, Before: []string{"change"}},
		"remove-without-etag":     {Status: 428},

		"restore":              {Status: 200, Before: remove},
		"restore-again":        {Status: 200, Before: []string{"remove", "restore"}},
		"restore-active":       {Status: 200},
		"restore-body":         {Status: 400},
		"restore-delete-scope": {Status: 403},
		"restore-absent":       {Status: 404},
		"restore-stale":        {Status: 412, Before: remove},
		"restore-without-etag": {Status: 428},
		"restore-any":          {Status: 428},
	})
}

// TestEqualRetriesAtOnce: one of them writes, and all others are its replays.
func TestEqualRetriesAtOnce(t *testing.T) {
	t.Parallel()
	store := member(t)
	h := newTestHandler(t, store, io.Discard)
	var mu sync.Mutex
	var wg sync.WaitGroup
	etags, replays := map[string]int{}, 0
	for range 100 {
		wg.Go(func() {
			response := apitest.Invoke(t, h, sampleevents.JSON("change"))
			mu.Lock()
			defer mu.Unlock()
			etags[response.Headers["ETag"]]++
			if response.Headers["Idempotency-Replayed"] == "true" {
				replays++
			}
		})
	}
	wg.Wait()
	if want := membership.ETag(store.All()[0].Revision()); replays != 99 || etags[want] != 100 {
		t.Errorf("%d replays, ETags %v, want 99 replays and %s alone", replays, etags, want)
	}
}

// unavailable is a store that can't be reached.
type unavailable struct{ membership.Replacer }

func (unavailable) Replace(context.Context, membership.Replacement) (membership.Record, error) {
	return membership.Record{}, membership.ErrUnavailable
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	apitest.Unavailable(t, func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		return newTestHandler(t, unavailable{}, out)
	}, "The request may have been carried out. Wait as Retry-After says, then repeat it unchanged.", apitest.FirstSamples("change")...)
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	apitest.Configuration(t, newHandler, nil, "change-invalid")
}
