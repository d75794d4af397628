package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/problem"
)

// TestMain stops at an operation without a route, for which tests of all operations
// would fail with a 404.
func TestMain(m *testing.M) {
	declared, err := template.Read(templateFile, nil)
	if err == nil {
		err = declared.API.Complete()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const templateFile = "../../../template.yaml"

// registration is the operation that most tests call.
var registration = openapi.Named("registerUserOrganization")

// target is a path of registration, and arn its method ARN.
var (
	target = at("1", "2")
	arn    = stageARN + "/POST" + registration.PathOf("1", "2")
)

const stageARN = "arn:aws:execute-api:eu-west-3:000000000000:local/main"

// pathOf is a path of an operation, in the stage.
func pathOf(o openapi.Operation) string {
	parameters := make([]any, strings.Count(o.Path, "{"))
	for i := range parameters {
		parameters[i] = i + 1
	}
	return "/main" + o.PathOf(parameters...)
}

// at is the path that registers a pair.
func at(user, organization string) string { return "/main" + registration.PathOf(user, organization) }

// respond is a function in this process.
type respond func(ctx context.Context, event []byte) ([]byte, error)

func (f respond) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	return f(ctx, event)
}

func always(output string) respond {
	return func(context.Context, []byte) ([]byte, error) { return []byte(output), nil }
}

func failing(err error) respond {
	return func(context.Context, []byte) ([]byte, error) { return nil, err }
}

func allow(resource string) string {
	return fmt.Sprintf(`{"principalId":"42","policyDocument":{"Version":"2012-10-17","Statement":[
		{"Action":"execute-api:Invoke","Effect":"Allow","Resource":[%q]}]},"context":{"userId":"42"}}`, resource)
}

const created = `{"statusCode":201,"headers":{"Content-Type":"application/json"},"body":"{}","isBase64Encoded":false}`

// system is a gateway on the project's own template. Every route has the same
// function.
type system struct {
	function, authorizer respond
	// logged is where the gateway logs to, by default the test's output.
	logged io.Writer
	// now is how far the gateway's clock was advanced, in ms.
	now atomic.Int64
}

func (s *system) start(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(s.gateway(t))
	t.Cleanup(server.Close)
	return server
}

func (s *system) gateway(t *testing.T) *Gateway {
	t.Helper()
	parsed, err := template.Read(templateFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.function == nil {
		s.function = always(created)
	}
	if s.authorizer == nil {
		s.authorizer = always(allow("arn:aws:execute-api:*"))
	}
	functions := map[string]Function{}
	for id := range parsed.Functions {
		functions[id] = s.function
	}
	functions["AuthorizerFunction"] = s.authorizer
	if s.logged == nil {
		s.logged = t.Output()
	}
	logger := slog.New(slog.NewJSONHandler(s.logged, nil))
	now := func() time.Time { return time.UnixMilli(1_733_754_180_123 + s.now.Load()) }
	return New(parsed.API, functions, logger, now)
}

// reply is a response without its body.
type reply struct {
	StatusCode int
	Header     http.Header
}

// call sends a request with both identity sources, unless change takes them away.
func call(t *testing.T, server *httptest.Server, path string, change func(*http.Request)) (reply, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(`{"scope":1}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer a.b.c")
	r.Header.Set("X-Session-Token", "d.e.f")
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header}, string(body)
}

func TestProxyEvent(t *testing.T) {
	t.Parallel()
	var raw []byte
	s := &system{
		function: func(_ context.Context, event []byte) ([]byte, error) {
			raw = event
			return []byte(created), nil
		},
		authorizer: always(`{"principalId":"42","policyDocument":{"Version":"2012-10-17","Statement":{
			"Action":"execute-api:*","Effect":"Allow","Resource":"` + arn + `"}},
			"context":{"userId":"42","number":7,"flag":true}}`),
	}
	response, _ := call(t, s.start(t), target+"?a=1&a=2&b=%26", func(r *http.Request) {
		r.Header["X-Custom"] = []string{"first", "last"}
		r.Header.Set("User-Agent", "test/1")
	})

	var got events.APIGatewayProxyRequest
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	c := got.RequestContext
	for name, pair := range map[string][2]any{
		"resource":           {got.Resource, registration.Path},
		"path":               {got.Path, registration.PathOf("1", "2")},
		"method":             {got.HTTPMethod, "POST"},
		"body":               {got.Body, `{"scope":1}`},
		"base64":             {got.IsBase64Encoded, false},
		"userId":             {got.PathParameters["userId"], "1"},
		"organizationId":     {got.PathParameters["organizationId"], "2"},
		"last value":         {got.Headers["X-Custom"], "last"},
		"all values":         {strings.Join(got.MultiValueHeaders["X-Custom"], " "), "first last"},
		"last parameter":     {got.QueryStringParameters["a"], "2"},
		"all parameters":     {strings.Join(got.MultiValueQueryStringParameters["a"], " "), "1 2"},
		"decoded parameter":  {got.QueryStringParameters["b"], "&"},
		"content length":     {got.Headers["Content-Length"], ""},
		"forwarded":          {got.Headers["X-Forwarded-For"], "127.0.0.1"},
		"stage":              {c.Stage, "main"},
		"context path":       {c.Path, target},
		"resource path":      {c.ResourcePath, got.Resource},
		"request id":         {c.RequestID, response.Header.Get("X-Amzn-Requestid")},
		"extended id":        {c.ExtendedRequestID, response.Header.Get("X-Amz-Apigw-Id")},
		"time":               {c.RequestTime, "09/Dec/2024:14:23:00 +0000"},
		"epoch":              {c.RequestTimeEpoch, int64(1_733_754_180_123)},
		"protocol":           {c.Protocol, "HTTP/1.1"},
		"source":             {c.Identity.SourceIP, "127.0.0.1"},
		"user agent":         {c.Identity.UserAgent, "test/1"},
		"authorizer userId":  {c.Authorizer["userId"], "42"},
		"authorizer number":  {c.Authorizer["number"], "7"},
		"authorizer flag":    {c.Authorizer["flag"], "true"},
		"authorizer subject": {c.Authorizer["principalId"], "42"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
	if _, ok := c.Authorizer["integrationLatency"].(float64); !ok {
		t.Errorf("the integration latency is %v", c.Authorizer["integrationLatency"])
	}
	for _, null := range []string{`"stageVariables":null`, `"caller":null`, `"userArn":null`} {
		if !strings.Contains(string(raw), null) {
			t.Errorf("the event has no %s", null)
		}
	}
}

func TestProxyEventIsNullWhereThereIsNothing(t *testing.T) {
	t.Parallel()
	var raw []byte
	s := &system{function: func(_ context.Context, event []byte) ([]byte, error) {
		raw = event
		return []byte(created), nil
	}}
	call(t, s.start(t), target, func(r *http.Request) { r.Body, r.ContentLength = nil, 0 })
	for _, null := range []string{
		`"body":null`, `"queryStringParameters":null`, `"multiValueQueryStringParameters":null`,
	} {
		if !strings.Contains(string(raw), null) {
			t.Errorf("the event has no %s", null)
		}
	}
}

func TestAuthorizerEvent(t *testing.T) {
	t.Parallel()
	var raw []byte
	s := &system{authorizer: func(_ context.Context, event []byte) ([]byte, error) {
		raw = event
		return []byte(allow("*")), nil
	}}
	call(t, s.start(t), target, nil)
	var got events.APIGatewayCustomAuthorizerRequestTypeRequest
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "REQUEST" || got.MethodArn != arn || got.Headers["Authorization"] != "Bearer a.b.c" {
		t.Errorf("the event is %+v", got)
	}
	if strings.Contains(string(raw), "scope") {
		t.Error("the authorizer sees the body")
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	server := (&system{}).start(t)
	for path, want := range map[string]int{
		target:                201,
		at("%31", "a%2Fb"):    201,
		at("..", ".."):        201,
		target + "/":          201,
		target + "//":         404,
		at("1", ""):           404,
		at("", "2"):           404,
		at("1/x/..", "2"):     404,
		at("1", "2/x"):        404,
		"/main":               404,
		"/main/":              404,
		"/main/" + target[5:]: 404,
		strings.Replace(target, "/users", "/Users", 1): 404,
	} {
		response, body := call(t, server, path, nil)
		if response.StatusCode != want {
			t.Errorf("%s responds %d %s, want %d", path, response.StatusCode, body, want)
		}
	}
}

// TestOutsideTheStage: a caller who forgot the stage gets API Gateway's own 403.
func TestOutsideTheStage(t *testing.T) {
	t.Parallel()
	server := (&system{}).start(t)
	for _, path := range []string{
		"/", target[5:], "/other" + target[5:], strings.Replace(target, "main", "mainly", 1),
	} {
		response, body := call(t, server, path, nil)
		if response.StatusCode != 403 || response.Header.Get("X-Amzn-Errortype") != "ForbiddenException" || body != `{"message":"Forbidden"}` {
			t.Errorf("%s responds %d %s %v", path, response.StatusCode, body, response.Header)
		}
	}
}

func TestUnknownMethodsAreNotFoundWithoutTokens(t *testing.T) {
	t.Parallel()
	server := (&system{}).start(t)
	for _, method := range []string{"GET", "PUT", "DELETE", "OPTIONS"} {
		response, body := call(t, server, target, func(r *http.Request) { r.Method, r.Header = method, nil })
		wantProblem(t, response, body, problem.NoSuchOperation)
	}
}

func TestAuthorizerOutput(t *testing.T) {
	t.Parallel()
	statements := func(list string) respond {
		return always(`{"principalId":"42","policyDocument":{"Version":"2012-10-17","Statement":` + list + `}}`)
	}
	for name, test := range map[string]struct {
		authorizer respond
		want       problem.Code
	}{
		"this method":    {always(allow(arn)), ""},
		"this stage":     {always(allow("arn:aws:execute-api:eu-west-3:000000000000:local/main/*")), ""},
		"a wildcard":     {always(allow(strings.Replace(arn, "main", "mai?", 1))), ""},
		"another stage":  {always(allow(strings.Replace(arn, "main", "prod", 1))), problem.Forbidden},
		"another method": {always(allow(strings.Replace(arn, "POST", "GET", 1))), problem.Forbidden},
		"another path":   {always(allow(arn + "/3")), problem.Forbidden},
		"deny wins": {statements(`[{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"execute-api:invoke","Resource":"*"}]`), problem.Forbidden},
		"another action": {statements(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`), problem.Forbidden},
		"unauthorized":   {failing(&lambda.Error{Type: "errorString", Message: "Unauthorized"}), problem.Unauthorized},
		"in lower case":  {failing(&lambda.Error{Type: "errorString", Message: "unauthorized"}), problem.Unavailable},
		"a failure":      {failing(&lambda.Error{Type: "x", Message: "no keys"}), problem.Unavailable},
		"a timeout":      {failing(context.DeadlineExceeded), problem.Unavailable},
		"throttled":      {failing(lambda.ErrThrottled), problem.Unavailable},
		"null":           {always("null"), problem.Unavailable},
		"not JSON":       {always("Allow"), problem.Unavailable},
		"no principal":   {always(strings.Replace(allow("*"), "principalId", "principal", 1)), problem.Unavailable},
		"no policy":      {always(`{"principalId":"42"}`), problem.Unavailable},
		"no statement":   {statements(`[]`), problem.Unavailable},
		"an odd effect":  {statements(`{"Effect":"allow","Action":"*","Resource":"*"}`), problem.Unavailable},
		"no resource":    {statements(`{"Effect":"Allow","Action":"*"}`), problem.Unavailable},
		"a deep context": {always(strings.Replace(allow("*"), `"userId":"42"`, `"user":{"id":"42"}`, 1)), problem.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var called atomic.Bool
			s := &system{authorizer: test.authorizer, function: func(context.Context, []byte) ([]byte, error) {
				called.Store(true)
				return []byte(created), nil
			}}
			response, body := call(t, s.start(t), target, nil)
			if called.Load() != (test.want == "") {
				t.Errorf("the function was called: %v", called.Load())
			}
			if test.want == "" && response.StatusCode != http.StatusCreated {
				t.Errorf("responded %d %s", response.StatusCode, body)
			}
			if test.want != "" {
				wantProblem(t, response, body, test.want)
			}
		})
	}
}

func TestIdentitySourcesAreRequired(t *testing.T) {
	t.Parallel()
	s := &system{authorizer: func(context.Context, []byte) ([]byte, error) {
		return nil, errors.New("the authorizer was called")
	}}
	server := s.start(t)
	for _, name := range []string{"Authorization", "X-Session-Token"} {
		for _, change := range []func(*http.Request){
			func(r *http.Request) { r.Header.Del(name) },
			func(r *http.Request) { r.Header.Set(name, "") },
		} {
			response, body := call(t, server, target, change)
			wantProblem(t, response, body, problem.Unauthorized)
			if got := response.Header.Get("WWW-Authenticate"); got != "Bearer" {
				t.Errorf("WWW-Authenticate is %q, want Bearer", got)
			}
		}
	}
}

func TestGatewayResponses(t *testing.T) {
	t.Parallel()
	noTokens := func(r *http.Request) { r.Header = http.Header{} }
	for name, test := range map[string]struct {
		authorizer, function respond
		path                 string
		change               func(*http.Request)
		// errorType is in the header, the rest in the log.
		errorType, route, status, kind, cause string
	}{
		"no route": {path: "/main", errorType: "MissingAuthenticationTokenException",
			route: "-", status: "404", kind: "MISSING_AUTHENTICATION_TOKEN"},
		"no tokens": {path: target, change: noTokens, errorType: "UnauthorizedException",
			route: registration.Path, status: "401", kind: "UNAUTHORIZED"},
		"denied": {authorizer: always(allow(arn + "/3")), path: target, errorType: "AccessDeniedException",
			route: registration.Path, status: "403", kind: "ACCESS_DENIED"},
		"a crash": {function: failing(errors.New("no luck today")), path: target,
			route: registration.Path, status: "502", kind: "INTEGRATION_FAILURE", cause: "no luck today"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			s := &system{function: test.function, authorizer: test.authorizer, logged: &logged}
			response, body := call(t, s.start(t), test.path, test.change)
			if got := response.Header.Get("X-Amzn-Errortype"); got != test.errorType {
				t.Errorf("x-amzn-ErrorType is %q, want %q", got, test.errorType)
			}
			var line struct{ RequestID, ExtendedRequestID, SourceIP, Method, Route, Status, Error, Cause string }
			if err := json.Unmarshal(logged.Bytes(), &line); err != nil {
				t.Fatalf("the log %q: %v", logged.String(), err)
			}
			want := line
			want.RequestID, want.ExtendedRequestID = response.Header.Get("X-Amzn-Requestid"), response.Header.Get("X-Amz-Apigw-Id")
			want.SourceIP, want.Method = "127.0.0.1", "POST"
			want.Route, want.Status, want.Error, want.Cause = test.route, test.status, test.kind, test.cause
			if line != want {
				t.Errorf("responded %d %s and logged %+v, want %+v", response.StatusCode, body, line, want)
			}
		})
	}
}

func TestAFunctionsResponseIsNotLogged(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s := &system{logged: &logged}
	if response, _ := call(t, s.start(t), target, nil); response.StatusCode != http.StatusCreated || logged.Len() > 0 {
		t.Errorf("responded %d and logged %s", response.StatusCode, logged.String())
	}
}

func TestPoliciesAreCachedByTheIdentitySources(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	s := &system{authorizer: func(context.Context, []byte) ([]byte, error) {
		calls.Add(1)
		return []byte(allow(arn)), nil
	}}
	server := s.start(t)
	for _, step := range []struct {
		what    string
		advance time.Duration
		path    string
		session string
		status  int
		calls   int32
	}{
		{"a first call", 0, target, "one", 201, 1},
		{"the same tokens", 59 * time.Second, target, "one", 201, 1},
		{"another path, to which the cached policy is applied", 0, target + "0", "one", 403, 1},
		{"another session token", 0, target, "two", 201, 2},
		{"the TTL has passed", time.Second, target, "one", 201, 3},
	} {
		s.now.Add(step.advance.Milliseconds())
		response, _ := call(t, server, step.path, func(r *http.Request) { r.Header.Set("X-Session-Token", step.session) })
		if response.StatusCode != step.status || calls.Load() != step.calls {
			t.Errorf("%s: status %d after %d calls of the authorizer, want %d after %d",
				step.what, response.StatusCode, calls.Load(), step.status, step.calls)
		}
	}
}

func TestRefusalsAreNotCached(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	s := &system{authorizer: func(context.Context, []byte) ([]byte, error) {
		calls.Add(1)
		return nil, &lambda.Error{Message: "Unauthorized"}
	}}
	server := s.start(t)
	for range 2 {
		call(t, server, target, nil)
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls of the authorizer, want 2", calls.Load())
	}
}

func TestFailuresOfTheFunction(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		function respond
		want     problem.Code
	}{
		"an error":            {failing(&lambda.Error{Type: "x", Message: "y"}), problem.BadGateway},
		"throttled":           {failing(lambda.ErrThrottled), problem.BadGateway},
		"an event over 6 MB":  {failing(lambda.ErrEventTooLarge), problem.PayloadTooLarge},
		"nothing in 29 s":     {failing(fmt.Errorf("waiting: %w", context.DeadlineExceeded)), problem.Timeout},
		"null":                {always("null"), problem.BadGateway},
		"a text":              {always(`"created"`), problem.BadGateway},
		"no status":           {always(`{"body":"{}"}`), problem.BadGateway},
		"a status of 99":      {always(`{"statusCode":99}`), problem.BadGateway},
		"a status of 1000":    {always(`{"statusCode":1000}`), problem.BadGateway},
		"an unknown member":   {always(`{"statusCode":200,"status":"ok"}`), problem.BadGateway},
		"a body as an object": {always(`{"statusCode":200,"body":{}}`), problem.BadGateway},
		"a list of headers":   {always(`{"statusCode":200,"headers":{"A":["b"]}}`), problem.BadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, body := call(t, (&system{function: test.function}).start(t), target, nil)
			wantProblem(t, response, body, test.want)
		})
	}
}

func TestHeadersOfTheResponse(t *testing.T) {
	t.Parallel()
	s := &system{function: always(`{"statusCode":401,"body":"e30=","isBase64Encoded":true,
		"headers":{"WWW-Authenticate":"Bearer","x-one":"a","Twice":"single","Content-Length":"9","Transfer-Encoding":"gzip"},
		"multiValueHeaders":{"twice":["b","c"],"Date":["yesterday"]}}`)}
	response, body := call(t, s.start(t), target, nil)
	for name, want := range map[string]string{
		"Www-Authenticate":                  "",
		"X-Amzn-Remapped-Www-Authenticate":  "Bearer",
		"X-Amzn-Remapped-Date":              "yesterday",
		"X-Amzn-Remapped-Content-Length":    "9",
		"X-Amzn-Remapped-Transfer-Encoding": "",
		"X-One":                             "a",
		"Twice":                             "b c",
		"Content-Type":                      "application/json",
	} {
		if got := strings.Join(response.Header.Values(name), " "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if response.StatusCode != 401 || body != "e30=" {
		t.Errorf("responded %d %q", response.StatusCode, body)
	}
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Apigw-Id", "X-Amzn-Trace-Id"} {
		if response.Header.Get(name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	server := (&system{}).start(t)
	body := func(n int) func(*http.Request) {
		return func(r *http.Request) {
			r.Body = io.NopCloser(bytes.NewReader(make([]byte, n)))
			r.ContentLength = int64(n)
		}
	}
	if response, _ := call(t, server, target, body(maxBody)); response.StatusCode != http.StatusCreated {
		t.Errorf("a body of 10 MB responds %d", response.StatusCode)
	}
	response, text := call(t, server, target, body(maxBody+1))
	wantProblem(t, response, text, problem.PayloadTooLarge)

	response, text = call(t, server, target, func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("a", maxHeaders)) })
	if response.StatusCode != 431 || !strings.Contains(text, `"type":"about:blank"`) {
		t.Errorf("headers over 10,240 bytes respond %d %s", response.StatusCode, text)
	}
}

// wantProblem checks that the response is the problem of the code, with its
// headers and the request's id.
func wantProblem(t *testing.T, response reply, body string, code problem.Code) {
	t.Helper()
	id := response.Header.Get("X-Amzn-Requestid")
	want := problem.New(code, id)
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != want.Status || body != string(text) {
		t.Errorf("responded %d %s, want %d %s", response.StatusCode, body, want.Status, text)
	}
	for name, value := range want.Headers() {
		if got := response.Header.Get(name); got != value {
			t.Errorf("the header %s is %q, want %q", name, got, value)
		}
	}
}
