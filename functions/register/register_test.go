package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/api/apitest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
	"users-organizations/pkg/telemetry/telemetrytest"
)

func newTestHandler(tb testing.TB, store membership.Store, out io.Writer) lambda.Handler {
	tb.Helper()
	s := service{&membership.RegisterService{Store: store, Now: apitest.Now, NewMark: apitest.Marks()}}
	h, err := s.handler(apitest.Getenv("register"), out, apitest.Now)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func TestSampleEvents(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "register", func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		return newTestHandler(t, &membershiptest.Memory{}, out)
	}, map[string]apitest.Sample{
		"register":                      {Status: 201},
		"register-with-key":             {Status: 201},
		"register-base64":               {Status: 201},
		"register-query":                {Status: 201},
		"register-chosen-id":            {Status: 201},
		"register-older-authorizer":     {Status: 201},
		"register-replayed":             {Status: 201, Before: []string{"register-with-key"}},
		"register-key-reused":           {Status: 422, Before: []string{"register-with-key"}},
		"register-conflict":             {Status: 409, Before: []string{"register"}},
		"register-invalid-path":         {Status: 400},
		"register-escaped-path":         {Status: 400},
		"register-decoded-path":         {Status: 400},
		"register-invalid-key":          {Status: 400},
		"register-doubled-key":          {Status: 400},
		"register-key-in-two-cases":     {Status: 400},
		"register-empty-body":           {Status: 400},
		"register-truncated-body":       {Status: 400},
		"register-array-body":           {Status: 400},
		"register-missing-fields":       {Status: 400},
		"register-invalid-fields":       {Status: 400},
		"register-too-many-items":       {Status: 400},
		"register-many-problems":        {Status: 400},
		"register-expired":              {Status: 401},
		"register-incomplete-context":   {Status: 401},
		"register-doubled-token":        {Status: 401},
		"register-read-scope":           {Status: 403},
		"register-trailing-slash":       {Status: 404},
		"register-too-large":            {Status: 413},
		"register-wrong-content-type":   {Status: 415},
		"register-doubled-content-type": {Status: 415},
		"register-compressed":           {Status: 415},
		"register-missing-context":      {Status: 500},
	})
}

func TestParallelCalls(t *testing.T) {
	t.Parallel()
	var logs telemetrytest.Output
	h := newTestHandler(t, &membershiptest.Memory{}, &logs)
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[int]int{}
	for range 50 {
		wg.Go(func() {
			response := apitest.Invoke(t, h, sampleevents.JSON("register"))
			mu.Lock()
			defer mu.Unlock()
			seen[response.StatusCode]++
		})
	}
	wg.Wait()
	if want := map[int]int{201: 1, 409: 49}; !maps.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
	apitest.CheckLogs(t, logs.String())
}

func TestReplacedMembershipIsLogged(t *testing.T) {
	t.Parallel()
	var store membershiptest.Memory
	var logs telemetrytest.Output
	h := newTestHandler(t, &store, &logs)
	apitest.Invoke(t, h, sampleevents.JSON("register"))
	old := store.All()[0]
	old.DeletedAt = apitest.SampleTime.Add(-time.Hour)
	if err := store.Put(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if response := apitest.Invoke(t, h, sampleevents.JSON("register")); response.StatusCode != 201 || !strings.Contains(response.Body, `"deletedAt":null`) {
		t.Fatalf("responded %d %s", response.StatusCode, response.Body)
	}
	const want = `"replaced":{"createdAt":"2024-12-09T14:23:00.000Z","deletedAt":"2024-12-09T13:23:00.000Z","registeredBy":"1234567890"}`
	if !strings.Contains(logs.String(), want) {
		t.Errorf("%s is not in the log:\n%s", want, logs.String())
	}
}

// unavailable is a store that can't be reached.
type unavailable struct{}

func (unavailable) Create(context.Context, membership.Record) (*membership.Replaced, error) {
	return nil, membership.ErrUnavailable
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	apitest.Unavailable(t, func(t *testing.T, out io.Writer) lambda.Handler {
		t.Helper()
		return newTestHandler(t, unavailable{}, out)
	}, "The request may have been carried out. Wait as Retry-After says, then repeat it with the same Idempotency-Key.", apitest.FirstSamples("register")...)
}

// lostResponse stores each record twice, as after a lost response to the first
// attempt.
type lostResponse struct{ membership.Store }

func (s lostResponse) Create(ctx context.Context, r membership.Record) (*membership.Replaced, error) {
	if _, err := s.Store.Create(ctx, r); err != nil {
		return nil, err
	}
	return s.Store.Create(ctx, r)
}

func TestALostResponseLeavesTheReplacedMembershipUnknown(t *testing.T) {
	t.Parallel()
	var logs telemetrytest.Output
	h := newTestHandler(t, lostResponse{&membershiptest.Memory{}}, &logs)
	if response := apitest.Invoke(t, h, sampleevents.JSON("register")); response.StatusCode != 201 {
		t.Fatalf("responded %d %s", response.StatusCode, response.Body)
	}
	if want := `"replaced":"unknown"`; !strings.Contains(logs.String(), want) {
		t.Errorf("%s is not in the log:\n%s", want, logs.String())
	}
}

// FuzzInvoke looks for a request that causes a panic or a 500, or stores another
// membership than its response has.
func FuzzInvoke(f *testing.F) {
	const body = `{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[1,2]}}`
	f.Add("1", "1", "application/json", "key", body)
	f.Add("-9007199254740991", "%31", "application/json; charset=utf-8", `"\""`, `{"scope":2.0,"permissions":{"group":-0,"manage":[],"read":[1e3]},"x":{"a":1,"a":2}}`)
	f.Fuzz(func(t *testing.T, user, organization, contentType, key, body string) {
		payload := apitest.Edit(t, "register", func(e *events.APIGatewayProxyRequest) {
			e.Path = "/users-organizations/v1/bo/users/register/" + user + "/organizations/" + organization
			e.MultiValueHeaders["content-type"] = []string{contentType}
			e.MultiValueHeaders["Idempotency-Key"] = []string{key}
			e.Body = body
		})
		var store membershiptest.Memory
		response := apitest.Invoke(t, newTestHandler(t, &store, &telemetrytest.Output{}), payload)
		all := store.All()
		switch response.StatusCode {
		case 201:
			if len(all) != 1 {
				t.Fatalf("201 with %d memberships stored", len(all))
			}
			want, err := json.Marshal(map[string]any{"data": all[0].Membership})
			if err != nil || response.Body != string(want) {
				t.Errorf("responded %s, stored %s, %v", response.Body, want, err)
			}
			if !spells(user, all[0].UserID) || !spells(organization, all[0].OrganizationID) {
				t.Errorf("%s, %s was stored as %d, %d", user, organization, all[0].UserID, all[0].OrganizationID)
			}
			if got, want := fmt.Sprint(all[0].Scope, all[0].Permissions), asked(t, body); got != want {
				t.Errorf("%s was stored as %s, want %s", body, got, want)
			}
		case 400, 404, 413, 415:
			if len(all) != 0 {
				t.Errorf("%d with a membership stored: %+v", response.StatusCode, all)
			}
		default:
			t.Errorf("responded %d %s", response.StatusCode, response.Body)
		}
	})
}

// asked returns the scope and the permissions in a valid body, read without our own
// code: each number by its value, in any spelling.
func asked(t *testing.T, body string) string {
	t.Helper()
	var b struct {
		Scope       json.Number
		Permissions struct {
			Group        json.Number
			Read, Manage []json.Number
		}
	}
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		t.Fatalf("%s was accepted: %v", body, err)
	}
	integer := func(n json.Number) int64 {
		if mantissa, _, _ := strings.Cut(strings.ToLower(n.String()), "e"); strings.Trim(mantissa, "-0.") == "" {
			return 0 // with any exponent: a Rat would write all of its digits
		}
		r, ok := new(big.Rat).SetString(n.String())
		if !ok || !r.IsInt() {
			t.Errorf("%s was accepted", n)
			return 0
		}
		return r.Num().Int64()
	}
	integers := func(ns []json.Number) []int64 {
		all := make([]int64, len(ns))
		for i, n := range ns {
			all[i] = integer(n)
		}
		return all
	}
	return fmt.Sprint(integer(b.Scope), membership.Permissions{
		Group: integer(b.Permissions.Group), Read: integers(b.Permissions.Read), Manage: integers(b.Permissions.Manage),
	})
}

func spells(s string, n int64) bool { return s == strconv.FormatInt(n, 10) }

func TestConfiguration(t *testing.T) {
	t.Parallel()
	apitest.Configuration(t, newHandler, nil, "register-invalid-fields")
}
