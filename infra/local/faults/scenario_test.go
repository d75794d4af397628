package faults_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"users-organizations/infra/local/faults"
	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/localtest"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/openapi/openapitest"
)

// scenario is a register function with a proxy between it and its engine. At the end
// of the test it checks that the logs have the cause of each refusal, and no
// secrets.
type scenario struct {
	proxy    *faults.Proxy
	function *lambda.Function
	// others are the functions read and change, by name.
	others map[string]*lambda.Function
	logs   *localtest.Logs

	mu      sync.Mutex
	direct  *dynamodb.Client
	refused map[string]int
}

// engine is a client without the proxy.
func (s *scenario) engine() *dynamodb.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.direct
}

// moveTo switches to an engine at another endpoint.
func (s *scenario) moveTo(endpoint string) {
	s.proxy.Redirect(endpoint)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.direct = engine.Client(endpoint)
}

// functionOf is the function that serves calls of that kind.
func (s *scenario) functionOf(k kind) *lambda.Function {
	switch k {
	case register, read:
		return s.function
	case get:
		return s.others["read"]
	default:
		return s.others["change"]
	}
}

// noteRefusal notes a request whose cause must be in the logs.
func (s *scenario) noteRefusal(r localtest.Request, response localtest.Response) {
	if response.Status < 400 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[r.ID] = response.Status
}

// watchedGroup is in every body and watchedKey in most headers. No log may have
// them.
const (
	watchedGroup = 7310576291004
	watchedKey   = "key-that-no-log-may-have"
)

func start(t *testing.T, more map[string]string) *scenario {
	t.Helper()
	return startAt(t, endpoint, 1, more)
}

func startAt(t *testing.T, endpoint string, concurrency int, more map[string]string) *scenario {
	t.Helper()
	s := &scenario{direct: engine.Client(endpoint), logs: &localtest.Logs{}, refused: map[string]int{}}
	t.Cleanup(func() { s.checkLogs(t) })
	var err error
	if s.proxy, err = faults.Start(t.Context(), endpoint); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.proxy.Refuse)
	s.function = localtest.Start(t, binaries["register"], s.proxy.URL(), concurrency, s.logs, more)
	s.others = map[string]*lambda.Function{}
	for _, name := range []string{"read", "change"} {
		s.others[name] = localtest.Start(t, binaries[name], s.proxy.URL(), concurrency, s.logs, more)
	}
	return s
}

// pairs counts pairs and ids, so that each request has its own.
var pairs atomic.Int64

func request() localtest.Request {
	n := pairs.Add(1)
	return localtest.Request{
		ID: "request-" + strconv.FormatInt(n, 10), Caller: "ada",
		User: n, Organization: -n, Scope: 2, Group: watchedGroup, Read: []int64{3, 1, 3},
		IdempotencyKey: watchedKey,
	}
}

// response sends r. A function that takes longer than its time-out is killed, so a
// response is always in time.
func (s *scenario) response(t *testing.T, r localtest.Request) localtest.Response {
	t.Helper()
	response, err := localtest.Invoke(t.Context(), s.function, r)
	if err != nil {
		t.Errorf("%s: no response in time: %v", r.ID, err)
	}
	s.noteRefusal(r, response)
	return response
}

// expect sends r and compares the response with the contract's for status.
func (s *scenario) expect(t *testing.T, r localtest.Request, status int) localtest.Response {
	t.Helper()
	response := s.response(t, r)
	if response.Status != status {
		t.Errorf("%s: %d %s, want %d", r.ID, response.Status, response.Body, status)
	}
	want := map[string]string{"Content-Type": "application/problem+json", "X-Request-Id": r.ID, "Cache-Control": "no-store"}
	switch status {
	case 201:
		want["Content-Type"] = "application/json"
	case 503:
		want["Retry-After"] = "1"
	}
	for name, value := range want {
		if response.Headers[name] != value {
			t.Errorf("%s: the header %s is %q, want %q", r.ID, name, response.Headers[name], value)
		}
	}
	header := http.Header{}
	for name, value := range response.Headers {
		header.Set(name, value)
	}
	openapitest.Check(t, http.MethodPost, r.Path(), response.Status, header, []byte(response.Body))
	return response
}

// checkStored compares the table with the request and, for a 201, the response.
func (s *scenario) checkStored(t *testing.T, r localtest.Request, response localtest.Response, stored bool) {
	t.Helper()
	item, err := localtest.Stored(t.Context(), s.engine(), r.User, r.Organization)
	if err != nil {
		t.Fatal(err)
	}
	if item == nil || !stored {
		if (item != nil) != stored {
			t.Errorf("stored %+v, want an item: %v", item, stored)
		}
		return
	}
	want := r.Membership()
	want.CreatedAt, want.UpdatedAt = item.CreatedAt, item.CreatedAt
	if response.Status == 201 {
		if want, err = response.Data(); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(item.Membership, want) {
		t.Errorf("stored %+v, want %+v", item.Membership, want)
	}
	if item.RegisteredBy != r.Caller || item.RequestID != r.ID || item.IdempotencyKey != r.IdempotencyKey {
		t.Errorf("stored %+v for %+v", item, r)
	}
}

// checkRepeats does what the contract advises after any response to r: with its key a
// repetition gets the same membership, without it a 409 with identical.
func (s *scenario) checkRepeats(t *testing.T, r localtest.Request, first localtest.Response) {
	t.Helper()
	again := r
	again.ID += "-again"
	second := s.expect(t, again, 201)
	if first.Status == 201 && (second.Body != first.Body || second.Headers["Idempotency-Replayed"] != "true") {
		t.Errorf("repeated: %v %s, want the first response: %s", second.Headers, second.Body, first.Body)
	}
	again.ID, again.IdempotencyKey = r.ID+"-without-key", ""
	conflict, err := s.expect(t, again, 409).Conflict()
	if err != nil || !conflict.Identical {
		t.Errorf("without the key: %+v, %v, want identical", conflict, err)
	}
	if data, err := second.Data(); err != nil || !reflect.DeepEqual(conflict.Existing, data) {
		t.Errorf("existing is %+v, want %+v, %v", conflict.Existing, data, err)
	}
}

func (s *scenario) checkLogs(t *testing.T) {
	t.Helper()
	lines, err := s.logs.Requests()
	if err != nil {
		t.Error(err)
	}
	for id, status := range s.refused {
		localtest.CheckCause(t, lines, id, status)
	}
	s.logs.CheckSecrets(t, fmt.Sprint(watchedGroup), watchedKey)
}
