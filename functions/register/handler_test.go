package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/membership/membershiptest"
	"users-organizations/pkg/telemetry/telemetrytest"
)

var update = flag.Bool("update", false, "write the answers of the sample events to testdata")

var _ lambda.Handler = (*handler)(nil)

// sampleTime is when the sample events were sent.
var sampleTime = time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)

func newTestHandler(store membership.Store, out *telemetrytest.Output) *handler {
	now := func() time.Time { return sampleTime }
	return &handler{
		service: &membership.Service{Store: store, Now: now, NewMark: membership.NewMark},
		now:     now,
		journal: newJournal(out, "DEBUG", "register", now),
	}
}

func sampleEvent(t *testing.T, name string) []byte {
	t.Helper()
	payload, err := os.ReadFile(filepath.Join("..", "..", "events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func invoke(t *testing.T, h *handler, payload []byte) events.APIGatewayProxyResponse {
	t.Helper()
	out, err := h.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatalf("Invoke: %v; a handler always answers", err)
	}
	var answer events.APIGatewayProxyResponse
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// failingStore fails in one way.
type failingStore struct{ err error }

func (s failingStore) Create(context.Context, membership.Record) (*membership.Replaced, error) {
	if s.err == nil {
		panic("out of luck")
	}
	return nil, s.err
}

// samples are the sample events, what must have come before each, and the
// status of its answer; the whole answer stands in testdata.
var samples = map[string]struct {
	status int
	before []string
	store  membership.Store
}{
	"register":                      {status: 201},
	"register-with-key":             {status: 201},
	"register-base64":               {status: 201},
	"register-replayed":             {status: 201, before: []string{"register-with-key"}},
	"register-key-reused":           {status: 422, before: []string{"register-with-key"}},
	"register-conflict":             {status: 409, before: []string{"register"}},
	"register-invalid-path":         {status: 400},
	"register-invalid-key":          {status: 400},
	"register-doubled-key":          {status: 400},
	"register-empty-body":           {status: 400},
	"register-truncated-body":       {status: 400},
	"register-array-body":           {status: 400},
	"register-missing-fields":       {status: 400},
	"register-invalid-fields":       {status: 400},
	"register-too-many-items":       {status: 400},
	"register-many-problems":        {status: 400},
	"register-expired":              {status: 401},
	"register-incomplete-context":   {status: 401},
	"register-doubled-token":        {status: 401},
	"register-too-large":            {status: 413},
	"register-wrong-content-type":   {status: 415},
	"register-doubled-content-type": {status: 415},
	"register-compressed":           {status: 415},
	"register-missing-context":      {status: 500},
}

func TestSampleEvents(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../events/register*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		c, known := samples[name]
		if !known {
			t.Errorf("%s has no expected answer in the table", file)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var store membershiptest.Memory
			var logs telemetrytest.Output
			h := newTestHandler(&store, &logs)
			for _, earlier := range c.before {
				invoke(t, h, sampleEvent(t, earlier))
			}
			stored := len(store.All())

			answer := invoke(t, h, sampleEvent(t, name))
			if answer.StatusCode != c.status {
				t.Errorf("status %d, want %d", answer.StatusCode, c.status)
			}
			compareAnswer(t, name, answer)
			if grown := len(store.All()) - stored; answer.StatusCode != 201 && grown != 0 {
				t.Errorf("%d memberships were stored with a refusal", grown)
			}
			checkLogs(t, logs.String())
		})
	}
	if len(files) != len(samples) {
		t.Errorf("%d sample events for %d expected answers", len(files), len(samples))
	}
}

// compareAnswer holds an answer to testdata, every byte of it.
func compareAnswer(t *testing.T, name string, answer events.APIGatewayProxyResponse) {
	t.Helper()
	var got strings.Builder
	fmt.Fprintf(&got, "HTTP %d\n", answer.StatusCode)
	for _, header := range slices.Sorted(maps.Keys(answer.Headers)) {
		fmt.Fprintf(&got, "%s: %s\n", header, answer.Headers[header])
	}
	fmt.Fprintf(&got, "\n%s\n", answer.Body)

	file := filepath.Join("testdata", name+".http")
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// checkLogs holds for every request: one line of it, with its id, and nothing
// of what is secret in the sample events.
func checkLogs(t *testing.T, logs string) {
	t.Helper()
	for _, secret := range []string{"<bearer token>", "<session token>", "<another one>", "permissions"} {
		if strings.Contains(logs, secret) {
			t.Errorf("%q is in the log:\n%s", secret, logs)
		}
	}
	last := ""
	for line := range strings.Lines(logs) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("a line is no JSON: %s", line)
		}
		if fields["message"] == "request" {
			last = line
		}
	}
	for _, part := range []string{`"requestId":"0d7f2b1c-`, `"level":"`, `"outcome":"`, `"durationMs":`, `"route":"POST /users-organizations/v1/bo/users/register/{userId}/organizations/{organizationId}"`} {
		if !strings.Contains(last, part) {
			t.Errorf("the request's line has no %s: %s", part, last)
		}
	}
}

func TestFailuresOfOurs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		store   membership.Store
		payload string
		want    int
		logged  string
	}{
		"the store is unavailable": {failingStore{fmt.Errorf("put item: %w: dial tcp 10.0.0.1", membership.ErrUnavailable)}, "", 503, "dial tcp 10.0.0.1"},
		"the store fails":          {failingStore{errors.New("AccessDenied: secret detail")}, "", 500, "AccessDenied: secret detail"},
		"a panic":                  {failingStore{}, "", 500, "panic: a string"},
		"an event that is none":    {failingStore{}, `{"headers":[]}`, 500, "read the gateway's event"},
		"an event of another kind": {failingStore{}, `{"Records":[]}`, 500, "no authorizer context"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload := []byte(c.payload)
			if c.payload == "" {
				payload = sampleEvent(t, "register")
			}
			var logs telemetrytest.Output
			answer := invoke(t, newTestHandler(c.store, &logs), payload)
			if answer.StatusCode != c.want || answer.Headers["Content-Type"] != "application/problem+json" {
				t.Errorf("answered %d %v, want %d", answer.StatusCode, answer.Headers, c.want)
			}
			if !strings.Contains(logs.String(), c.logged) || !strings.Contains(logs.String(), `"level":"ERROR"`) {
				t.Errorf("the log does not tell the cause %q: %s", c.logged, logs.String())
			}
			for _, hidden := range []string{"10.0.0.1", "secret detail", "luck", "goroutine", ".go:"} {
				if strings.Contains(answer.Body, hidden) {
					t.Errorf("%q leaves in %s", hidden, answer.Body)
				}
			}
			if c.want == 503 && answer.Headers["Retry-After"] != "1" {
				t.Errorf("headers %v, want Retry-After: 1", answer.Headers)
			}
		})
	}
}

// edit decodes a sample event, changes it and encodes it again.
func edit(t *testing.T, change func(*events.APIGatewayProxyRequest)) []byte {
	t.Helper()
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(sampleEvent(t, "register"), &e); err != nil {
		t.Fatal(err)
	}
	change(&e)
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// encodeBody makes base64 of the body, with a space at its end where it could
// do without padding.
func encodeBody(e *events.APIGatewayProxyRequest, encoding *base64.Encoding) {
	if len(e.Body)%3 == 0 {
		e.Body += " "
	}
	e.Body, e.IsBase64Encoded = encoding.EncodeToString([]byte(e.Body)), true
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	header := func(name string, values ...string) func(*events.APIGatewayProxyRequest) {
		return func(e *events.APIGatewayProxyRequest) {
			for n := range e.MultiValueHeaders {
				if strings.EqualFold(n, name) {
					delete(e.MultiValueHeaders, n)
				}
			}
			if values != nil {
				e.MultiValueHeaders[name] = values
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*events.APIGatewayProxyRequest)
		want   int
	}{
		"utf-8":                     {header("Content-Type", "application/json; charset=utf-8"), 201},
		"UTF-8 in capitals":         {header("CONTENT-TYPE", `Application/JSON;CHARSET="UTF-8"`), 201},
		"identity":                  {header("Content-Encoding", "Identity"), 201},
		"single-value headers only": {func(e *events.APIGatewayProxyRequest) { e.MultiValueHeaders = nil }, 201},
		"query parameters":          {func(e *events.APIGatewayProxyRequest) { e.QueryStringParameters = map[string]string{"scope": "2"} }, 201},
		"latin-1":                   {header("Content-Type", "application/json; charset=iso-8859-1"), 415},
		"an empty parameter":        {header("Content-Type", "application/json;"), 201},
		"a letter that looks alike": {header("Content-Type", "application/j\u017fon"), 415},
		"a capital that does":       {header("Content-Type", "appl\u0130cation/json"), 415},
		"a space of another kind":   {header("Content-Type", "application/json\u00a0"), 415},
		"spaces and tabs":           {header("Content-Type", " application/JSON \t;\t charset=\"UTF-8\" "), 201},
		"a semicolon alone":         {header("Content-Type", "application/json;"), 201},
		"two semicolons":            {header("Content-Type", "application/json;;"), 415},
		"and in the charset":        {header("Content-Type", "application/json; char\u017fet=utf-8"), 415},
		"charset twice, equal":      {header("Content-Type", "application/json; charset=utf-8; charset=utf-8"), 415},
		"charset in percents":       {header("Content-Type", "application/json; charset*=utf-8''utf-8"), 415},
		"charset in pieces":         {header("Content-Type", "application/json; charset*0=utf; charset*1=-8"), 415},
		"charset without a value":   {header("Content-Type", "application/json; charset="), 415},
		"application/jsonx":         {header("Content-Type", "application/jsonx"), 415},
		"another parameter":         {header("Content-Type", "application/json; version=1"), 415},
		"two charsets":              {header("Content-Type", "application/json; charset=utf-8; charset=latin1"), 415},
		"a list":                    {header("Content-Type", "application/json, application/json"), 415},
		"problem+json":              {header("Content-Type", "application/problem+json"), 415},
		"a form":                    {header("Content-Type", "application/x-www-form-urlencoded"), 415},
		"no content type":           {header("Content-Type"), 415},
		"an empty content type":     {header("Content-Type", ""), 415},
		"content type in two cases": {func(e *events.APIGatewayProxyRequest) {
			e.MultiValueHeaders["CONTENT-TYPE"] = []string{"application/json"}
		}, 415},
		"brotli":                     {header("Content-Encoding", "br"), 415},
		"identity, then gzip":        {header("Content-Encoding", "identity", "gzip"), 415},
		"no session token":           {header("x-session-token"), 401},
		"no bearer token":            {header("Authorization"), 401},
		"two bearer tokens":          {header("Authorization", "Bearer a", "Bearer a"), 401},
		"bearer tokens in two cases": {func(e *events.APIGatewayProxyRequest) { e.MultiValueHeaders["authorization"] = []string{"Bearer b"} }, 401},
		"session token in two cases": {func(e *events.APIGatewayProxyRequest) { e.MultiValueHeaders["X-SESSION-TOKEN"] = []string{"b"} }, 401},
		"keys in two cases": {func(e *events.APIGatewayProxyRequest) {
			e.MultiValueHeaders["idempotency-key"] = []string{"a"}
			e.MultiValueHeaders["Idempotency-KEY"] = []string{"a"}
		}, 400},
		"context of nothing of ours": {func(e *events.APIGatewayProxyRequest) {
			e.RequestContext.Authorizer = map[string]any{"principalId": "x"}
		}, 500},
		"context with a new name": {func(e *events.APIGatewayProxyRequest) { e.RequestContext.Authorizer["later"] = "x" }, 201},
		"base64 with padding":     {func(e *events.APIGatewayProxyRequest) { encodeBody(e, base64.StdEncoding) }, 201},
		"base64 without padding":  {func(e *events.APIGatewayProxyRequest) { encodeBody(e, base64.RawStdEncoding) }, 400},
		"base64 that is none":     {func(e *events.APIGatewayProxyRequest) { e.IsBase64Encoded = true }, 400},
		"no path parameters":      {func(e *events.APIGatewayProxyRequest) { e.PathParameters = nil }, 400},
		"64 KiB exactly":          {func(e *events.APIGatewayProxyRequest) { e.Body += strings.Repeat(" ", maxBody-len(e.Body)) }, 201},
		"one byte more":           {func(e *events.APIGatewayProxyRequest) { e.Body += strings.Repeat(" ", maxBody+1-len(e.Body)) }, 413},
		"expired a moment ago": {func(e *events.APIGatewayProxyRequest) {
			e.RequestContext.Authorizer["expiresAt"] = strconv.FormatInt(sampleTime.Unix()-60, 10)
		}, 401},
		"about to expire": {func(e *events.APIGatewayProxyRequest) {
			e.RequestContext.Authorizer["expiresAt"] = strconv.FormatInt(sampleTime.Unix()-59, 10)
		}, 201},
		"bytes that are not UTF-8":    {func(e *events.APIGatewayProxyRequest) { e.Body = "\"" + strings.Repeat("\ufffd", 30000) + "\"" }, 400},
		"too many of them":            {func(e *events.APIGatewayProxyRequest) { e.Body = strings.Repeat("\ufffd", maxBody+1) }, 413},
		"unauthorized before invalid": {func(e *events.APIGatewayProxyRequest) { e.RequestContext.Authorizer["expiresAt"] = "1"; e.Body = "" }, 401},
		"media type before size": {func(e *events.APIGatewayProxyRequest) {
			delete(e.MultiValueHeaders, "content-type")
			e.Body = strings.Repeat(" ", maxBody+1)
		}, 415},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var store membershiptest.Memory
			answer := invoke(t, newTestHandler(&store, &telemetrytest.Output{}), edit(t, c.change))
			if answer.StatusCode != c.want {
				t.Errorf("%d %s, want %d", answer.StatusCode, answer.Body, c.want)
			}
			if stored := len(store.All()); (stored == 1) != (c.want == 201) {
				t.Errorf("%d memberships are stored", stored)
			}
			for _, name := range []string{"X-Request-Id", "Cache-Control", "Content-Type"} {
				if answer.Headers[name] == "" {
					t.Errorf("no %s in %v", name, answer.Headers)
				}
			}
		})
	}
}

// TestEventReadsTheGatewaysNames compares the few names that we decode with
// the library's whole type.
func TestEventReadsTheGatewaysNames(t *testing.T) {
	t.Parallel()
	for name := range samples {
		payload := sampleEvent(t, name)
		var narrow event
		var whole events.APIGatewayProxyRequest
		if err := errors.Join(narrow.decode(payload), json.Unmarshal(payload, &whole)); err != nil {
			t.Fatal(err)
		}
		for key, v := range whole.RequestContext.Authorizer {
			if _, isText := v.(string); !isText {
				whole.RequestContext.Authorizer[key] = nil
			}
		}
		headers := http.Header{}
		for header, values := range whole.MultiValueHeaders {
			headers[http.CanonicalHeaderKey(header)] = append(headers[http.CanonicalHeaderKey(header)], values...)
		}
		for header, want := range headers {
			if got := narrow.Values(header); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		got := fmt.Sprint(narrow.Resource, narrow.HTTPMethod, narrow.PathParameters,
			narrow.RequestID, narrow.Authorizer, narrow.Body, narrow.IsBase64Encoded)
		want := fmt.Sprint(whole.Resource, whole.HTTPMethod, whole.PathParameters,
			whole.RequestContext.RequestID, whole.RequestContext.Authorizer, whole.Body, whole.IsBase64Encoded)
		if got != want {
			t.Errorf("%s:\ngot  %.300s\nwant %.300s", name, got, want)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	h := newTestHandler(&membershiptest.Memory{}, &telemetrytest.Output{})
	h.allowedOrigin = "https://office.example.com"
	for _, name := range []string{"register", "register-empty-body"} {
		answer := invoke(t, h, sampleEvent(t, name))
		if answer.Headers["Access-Control-Allow-Origin"] != h.allowedOrigin || answer.Headers["Vary"] != "Origin" {
			t.Errorf("%s: headers %v", name, answer.Headers)
		}
	}
}

func TestParallelCalls(t *testing.T) {
	t.Parallel()
	var logs telemetrytest.Output
	h := newTestHandler(&membershiptest.Memory{}, &logs)
	payload := sampleEvent(t, "register")
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[int]int{}
	for range 50 {
		wg.Go(func() {
			answer := invoke(t, h, payload)
			mu.Lock()
			defer mu.Unlock()
			seen[answer.StatusCode]++
		})
	}
	wg.Wait()
	if want := map[int]int{201: 1, 409: 49}; !maps.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
	checkLogs(t, logs.String())
}

func TestBytesThatAreNotUTF8AreNoNames(t *testing.T) {
	t.Parallel()
	payload := edit(t, func(e *events.APIGatewayProxyRequest) { e.Body = "{\"\ufffd\":1,\"\ufffd\":2}" })
	answer := invoke(t, newTestHandler(&membershiptest.Memory{}, &telemetrytest.Output{}), payload)
	const want = `"errors":[{"in":"body","pointer":"","code":"malformed","detail":"the body is not valid UTF-8; send one JSON object in UTF-8"}]`
	if !strings.Contains(answer.Body, want) {
		t.Errorf("answered %s, want %s", answer.Body, want)
	}
}

func TestTheLogTakesNoTextFromThePath(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("hunter2", 100)
	for _, name := range []string{"userId", "organizationId"} {
		var logs telemetrytest.Output
		invoke(t, newTestHandler(&membershiptest.Memory{}, &logs), edit(t, func(e *events.APIGatewayProxyRequest) { e.PathParameters[name] = text }))
		if strings.Contains(logs.String(), text) {
			t.Errorf("%s is in the log whole: %s", name, logs.String())
		}
	}
	longest := strconv.FormatInt(membership.MinInteger, 10)
	if clip(longest) != longest {
		t.Errorf("the longest id became %q", clip(longest))
	}
}

func TestReplacedMembershipIsLogged(t *testing.T) {
	t.Parallel()
	var store membershiptest.Memory
	var logs telemetrytest.Output
	h := newTestHandler(&store, &logs)
	invoke(t, h, sampleEvent(t, "register"))
	old := store.All()[0]
	old.DeletedAt = sampleTime.Add(time.Hour)
	if err := store.Put(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if answer := invoke(t, h, sampleEvent(t, "register")); answer.StatusCode != 201 || !strings.Contains(answer.Body, `"deletedAt":null`) {
		t.Fatalf("answered %d %s", answer.StatusCode, answer.Body)
	}
	const want = `"replaced":{"createdAt":"2024-12-09T14:23:00.000Z","deletedAt":"2024-12-09T15:23:00.000Z","registeredBy":"1234567890"}`
	if !strings.Contains(logs.String(), want) {
		t.Errorf("%s is not in the log:\n%s", want, logs.String())
	}
}

func TestMetricsOfEachOutcome(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"register": "Registrations", "register-replayed": "Replays", "register-conflict": "Conflicts", "register-key-reused": "Conflicts",
		"register-empty-body": "InvalidRequests", "register-too-large": "InvalidRequests", "register-compressed": "InvalidRequests",
	} {
		var logs telemetrytest.Output
		h := newTestHandler(&membershiptest.Memory{}, &logs)
		h.journal.log = slog.New(slog.DiscardHandler)
		for _, earlier := range samples[name].before {
			invoke(t, h, sampleEvent(t, earlier))
		}
		before := strings.Count(logs.String(), fmt.Sprintf(`%q:1`, want))
		invoke(t, h, sampleEvent(t, name))
		if got := strings.Count(logs.String(), fmt.Sprintf(`%q:1`, want)); got != before+1 {
			t.Errorf("%s: %s was counted %d times, want once:\n%s", name, want, got-before, logs.String())
		}
	}
}

// FuzzInvoke looks for a request that panics, is answered 500, or stores
// something else than it says.
func FuzzInvoke(f *testing.F) {
	const body = `{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[1,2]}}`
	f.Add("1", "1", "application/json", "key", body)
	f.Add("-9007199254740991", "%31", "application/json; charset=utf-8", `"\""`, `{"scope":2.0,"permissions":{"group":-0,"manage":[],"read":[1e3]},"x":{"a":1,"a":2}}`)
	f.Fuzz(func(t *testing.T, user, organization, contentType, key, body string) {
		payload := edit(t, func(e *events.APIGatewayProxyRequest) {
			e.PathParameters = map[string]string{"userId": user, "organizationId": organization}
			e.MultiValueHeaders["content-type"] = []string{contentType}
			e.MultiValueHeaders["Idempotency-Key"] = []string{key}
			e.Body = body
		})
		var store membershiptest.Memory
		answer := invoke(t, newTestHandler(&store, &telemetrytest.Output{}), payload)
		all := store.All()
		switch answer.StatusCode {
		case 201:
			if len(all) != 1 {
				t.Fatalf("201 with %d memberships stored", len(all))
			}
			want, err := json.Marshal(map[string]any{"data": all[0].Membership})
			if err != nil || answer.Body != string(want) {
				t.Errorf("answered %s, stored %s, %v", answer.Body, want, err)
			}
			if !spells(user, all[0].UserID) || !spells(organization, all[0].OrganizationID) {
				t.Errorf("%s, %s was stored as %d, %d", user, organization, all[0].UserID, all[0].OrganizationID)
			}
			if got, want := fmt.Sprint(all[0].Scope, all[0].Permissions), asked(t, body); got != want {
				t.Errorf("%s was stored as %s, want %s", body, got, want)
			}
		case 400, 413, 415:
			if len(all) != 0 {
				t.Errorf("%d with a membership stored: %+v", answer.StatusCode, all)
			}
		default:
			t.Errorf("answered %d %s", answer.StatusCode, answer.Body)
		}
	})
}

// asked is the scope and the permissions of a good body, read by other means
// than ours: each number as its value, wherever its decimal point stands.
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
			return 0 // whatever its exponent, which a Rat would write out
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
