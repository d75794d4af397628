package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	jsonv2 "encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/api/apitest"
	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/telemetry/telemetrytest"
)

var _ lambda.Handler = (*Handler)(nil)

// newTestHandler makes a handler of register, whose operation has a body, ids and a
// scope, with do in its place.
func newTestHandler(t *testing.T, out io.Writer, do Operation) *Handler {
	t.Helper()
	h, err := New("register", apitest.Getenv("register"), out, apitest.Now, map[string]Operation{"registerUserOrganization": do})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// accept is an operation that accepts every request.
func accept(context.Context, *Request) (Response, error) {
	return Response{Status: http.StatusCreated, Body: Data{}, Outcome: "created"}, nil
}

func fail(err error) Operation {
	return func(context.Context, *Request) (Response, error) { return Response{}, err }
}

func edit(t *testing.T, change func(*events.APIGatewayProxyRequest)) []byte {
	t.Helper()
	return apitest.Edit(t, "register", change)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do      Operation
		payload string
		want    int
		logged  string
	}{
		"the store is unavailable": {fail(fmt.Errorf("put item: %w: dial tcp 10.0.0.1", membership.ErrUnavailable)), "", 503, "dial tcp 10.0.0.1"},
		"the store fails":          {fail(errors.New("AccessDenied: secret detail")), "", 500, "AccessDenied: secret detail"},
		"a panic":                  {func(context.Context, *Request) (Response, error) { panic("out of luck") }, "", 500, "panic: a string"},
		"a body that is not JSON":  {func(context.Context, *Request) (Response, error) { return Response{Status: 200, Body: func() {}}, nil }, "", 500, "encode the response"},
		"a list for an object":     {accept, `{"headers":[]}`, 500, "read the gateway's event"},
		"an event of another kind": {accept, `{"Records":[]}`, 500, "no operation of this function"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload := []byte(c.payload)
			if c.payload == "" {
				payload = sampleevents.JSON("register")
			}
			var logs telemetrytest.Output
			response := apitest.Invoke(t, newTestHandler(t, &logs, c.do), payload)
			if response.StatusCode != c.want || response.Headers["Content-Type"] != "application/problem+json" {
				t.Errorf("responded %d %v, want %d", response.StatusCode, response.Headers, c.want)
			}
			if !strings.Contains(logs.String(), c.logged) || !strings.Contains(logs.String(), `"level":"ERROR"`) {
				t.Errorf("the log lacks the cause %q: %s", c.logged, logs.String())
			}
			for _, hidden := range []string{"10.0.0.1", "secret detail", "luck", "goroutine", ".go:"} {
				if strings.Contains(response.Body, hidden) {
					t.Errorf("the response contains %q: %s", hidden, response.Body)
				}
			}
			if c.want == 503 && response.Headers["Retry-After"] != "1" {
				t.Errorf("headers %v, want Retry-After: 1", response.Headers)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	got, err := encode(map[string]string{"<&\u2028": "\xff>"})
	if want := `{"\u003c\u0026\u2028":"�\u003e"}`; string(got) != want || err != nil {
		t.Errorf("encode = %s, %v, want %s", got, err, want)
	}
}

func TestAnyTextFitsIntoAResponse(t *testing.T) {
	t.Parallel()
	r := proxyResponse{status: 201, headers: map[string]string{"X-Request-Id": "\"\\\xff\n", "ETag": ""}, body: []byte("{\"a\":\"\\u003c\xff\"}")}
	var got events.APIGatewayProxyResponse
	if err := jsonv2.Unmarshal(r.text(), &got); err != nil {
		t.Fatalf("%s: %v", r.text(), err)
	}
	want := events.APIGatewayProxyResponse{
		StatusCode: 201, Headers: map[string]string{"X-Request-Id": "\"\\\ufffd\n", "ETag": ""}, Body: "{\"a\":\"\\u003c\ufffd\"}",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\ngot  %+v\nwant %+v", r.text(), got, want)
	}
}

// encodeBody encodes the body in base64, with a space at its end if it would need
// no padding.
func encodeBody(e *events.APIGatewayProxyRequest, encoding *base64.Encoding) {
	if len(e.Body)%3 == 0 {
		e.Body += " "
	}
	e.Body, e.IsBase64Encoded = encoding.EncodeToString([]byte(e.Body)), true
}

// TestChecks has the checks of the edge and their order: headers, context, expiry,
// path, encoding and size of the body.
func TestChecks(t *testing.T) {
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
		"a semicolon alone":         {header("Content-Type", "application/json;"), 201},
		"a long s for an s":         {header("Content-Type", "application/j\u017fon"), 415},
		"a dotted I for an i":       {header("Content-Type", "appl\u0130cation/json"), 415},
		"a no-break space":          {header("Content-Type", "application/json\u00a0"), 415},
		"spaces and tabs":           {header("Content-Type", " application/JSON \t;\t charset=\"UTF-8\" "), 201},
		"two semicolons":            {header("Content-Type", "application/json;;"), 415},
		"a long s in charset":       {header("Content-Type", "application/json; char\u017fet=utf-8"), 415},
		"charset twice, equal":      {header("Content-Type", "application/json; charset=utf-8; charset=utf-8"), 415},
		"charset, percent-encoded":  {header("Content-Type", "application/json; charset*=utf-8''utf-8"), 415},
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
		"another context": {func(e *events.APIGatewayProxyRequest) {
			e.RequestContext.Authorizer = map[string]any{"principalId": "x"}
		}, 500},
		"context with a new name": {func(e *events.APIGatewayProxyRequest) { e.RequestContext.Authorizer["later"] = "x" }, 201},
		"base64 with padding":     {func(e *events.APIGatewayProxyRequest) { encodeBody(e, base64.StdEncoding) }, 201},
		"base64 without padding":  {func(e *events.APIGatewayProxyRequest) { encodeBody(e, base64.RawStdEncoding) }, 400},
		"invalid base64":          {func(e *events.APIGatewayProxyRequest) { e.IsBase64Encoded = true }, 400},
		"no path":                 {func(e *events.APIGatewayProxyRequest) { e.Path = "" }, 404},
		"a segment more":          {func(e *events.APIGatewayProxyRequest) { e.Path += "/1" }, 404},
		"a trailing slash":        {func(e *events.APIGatewayProxyRequest) { e.Path += "/" }, 404},
		"an empty id":             {func(e *events.APIGatewayProxyRequest) { e.Path = strings.Replace(e.Path, "/1/", "//", 1) }, 404},
		"another path":            {func(e *events.APIGatewayProxyRequest) { e.Path = strings.Replace(e.Path, "register", "restore", 1) }, 404},
		"another operation":       {func(e *events.APIGatewayProxyRequest) { e.HTTPMethod = http.MethodGet }, 500},
		"64 KiB exactly":          {func(e *events.APIGatewayProxyRequest) { e.Body += strings.Repeat(" ", MaxBody-len(e.Body)) }, 201},
		"one byte more":           {func(e *events.APIGatewayProxyRequest) { e.Body += strings.Repeat(" ", MaxBody+1-len(e.Body)) }, 413},
		"expired a moment ago": {func(e *events.APIGatewayProxyRequest) {
			e.RequestContext.Authorizer["expiresAt"] = strconv.FormatInt(apitest.SampleTime.Unix()-60, 10)
		}, 401},
		"about to expire": {func(e *events.APIGatewayProxyRequest) {
			e.RequestContext.Authorizer["expiresAt"] = strconv.FormatInt(apitest.SampleTime.Unix()-59, 10)
		}, 201},
		"64 KiB that are not UTF-8":   {func(e *events.APIGatewayProxyRequest) { e.Body = strings.Repeat("\ufffd", MaxBody/3) }, 201},
		"one more that is not UTF-8":  {func(e *events.APIGatewayProxyRequest) { e.Body = strings.Repeat("\ufffd", MaxBody/3+1) }, 413},
		"unauthorized before invalid": {func(e *events.APIGatewayProxyRequest) { e.RequestContext.Authorizer["expiresAt"] = "1"; e.Body = "" }, 401},
		"media type before size": {func(e *events.APIGatewayProxyRequest) {
			delete(e.MultiValueHeaders, "content-type")
			e.Body = strings.Repeat(" ", MaxBody+1)
		}, 415},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ran := 0
			h := newTestHandler(t, &telemetrytest.Output{}, func(ctx context.Context, r *Request) (Response, error) {
				ran++
				return accept(ctx, r)
			})
			response := apitest.Invoke(t, h, edit(t, c.change))
			if response.StatusCode != c.want {
				t.Errorf("%d %s, want %d", response.StatusCode, response.Body, c.want)
			}
			if (ran == 1) != (c.want == 201) {
				t.Errorf("the operation ran %d times", ran)
			}
			for _, name := range []string{"X-Request-Id", "Cache-Control", "Content-Type"} {
				if response.Headers[name] == "" {
					t.Errorf("no %s in %v", name, response.Headers)
				}
			}
		})
	}
}

// TestEventReadsTheGatewaysNames compares event with the library's type.
func TestEventReadsTheGatewaysNames(t *testing.T) {
	t.Parallel()
	for _, name := range sampleevents.Names() {
		payload := sampleevents.JSON(name)
		var narrow event
		var whole events.APIGatewayProxyRequest
		if err := errors.Join(apigateway.Decode(payload, &narrow), json.Unmarshal(payload, &whole)); err != nil {
			t.Fatal(err)
		}
		headers := http.Header{}
		for header, values := range whole.MultiValueHeaders {
			headers[http.CanonicalHeaderKey(header)] = append(headers[http.CanonicalHeaderKey(header)], values...)
		}
		for header := apigateway.Authorization; header <= apigateway.IfMatch; header++ {
			want := headers.Values(header.String())
			if got := narrow.Values(header); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		for name, value := range whole.RequestContext.Authorizer {
			if text, _ := value.(string); narrow.RequestContext.Authorizer[name] != text {
				t.Errorf("%s: the context's %s is %q, want %q", name, name, narrow.RequestContext.Authorizer[name], text)
			}
		}
		got := fmt.Sprint(narrow.Resource, narrow.Path, narrow.HTTPMethod, narrow.query(),
			narrow.RequestContext.RequestID, len(narrow.RequestContext.Authorizer), narrow.Body, narrow.IsBase64Encoded)
		want := fmt.Sprint(whole.Resource, whole.Path, whole.HTTPMethod, whole.MultiValueQueryStringParameters,
			whole.RequestContext.RequestID, len(whole.RequestContext.Authorizer), whole.Body, whole.IsBase64Encoded)
		if got != want {
			t.Errorf("%s:\ngot  %.300s\nwant %.300s", name, got, want)
		}
	}
}

// TestScopes checks the operation's own scope, since a cached policy allows every
// operation.
func TestScopes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scope any
		want  int
	}{
		"write":                 {"users-organizations:write", 201},
		"write among others":    {"users-organizations:read users-organizations:write", 201},
		"beside an unknown one": {"users-organizations:approve users-organizations:write", 201},
		"none, of an older one": {nil, 201},
		"empty":                 {"", 403},
		"read":                  {"users-organizations:read", 403},
		"delete and history":    {"users-organizations:delete users-organizations:history", 403},
		"of another service":    {"payments:write", 403},
		"a longer word":         {"users-organizations:writer", 403},
		"a longer prefix":       {"my-users-organizations:write", 403},
		"in capitals":           {"USERS-ORGANIZATIONS:WRITE", 403},
		"a verb alone":          {"write", 403},
		"a number":              {1, 403},
		"a list":                {[]string{"users-organizations:write"}, 403},
		"separated by a comma":  {"users-organizations:read,users-organizations:write", 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload := edit(t, func(e *events.APIGatewayProxyRequest) {
				e.RequestContext.Authorizer["scope"] = c.scope
				if c.scope == nil {
					delete(e.RequestContext.Authorizer, "scope")
				}
			})
			response := apitest.Invoke(t, newTestHandler(t, &telemetrytest.Output{}, accept), payload)
			if response.StatusCode != c.want {
				t.Errorf("%d %s, want %d", response.StatusCode, response.Body, c.want)
			}
		})
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t, &telemetrytest.Output{}, accept)
	h.origin = "https://office.example.com"
	for _, name := range []string{"register", "register-compressed"} {
		response := apitest.Invoke(t, h, sampleevents.JSON(name))
		if response.Headers["Access-Control-Allow-Origin"] != h.origin || response.Headers["Vary"] != "Origin" ||
			response.Headers["Access-Control-Expose-Headers"] != "ETag, Idempotency-Replayed, Link, Retry-After, X-Request-Id" {
			t.Errorf("%s: headers %v", name, response.Headers)
		}
	}
}

func TestBytesThatAreNotUTF8StayMalformed(t *testing.T) {
	t.Parallel()
	var got []byte
	h := newTestHandler(t, &telemetrytest.Output{}, func(ctx context.Context, r *Request) (Response, error) {
		got = r.Body
		return accept(ctx, r)
	})
	apitest.Invoke(t, h, edit(t, func(e *events.APIGatewayProxyRequest) { e.Body = "{\"\ufffd\":1,\"\ufffd\":2}" }))
	if want := "{\"\xff\":1,\"\xff\":2}"; string(got) != want {
		t.Errorf("the operation reads %q, want %q", got, want)
	}
}

func TestABodyThatIsNotBase64(t *testing.T) {
	t.Parallel()
	payload := edit(t, func(e *events.APIGatewayProxyRequest) { e.IsBase64Encoded = true })
	response := apitest.Invoke(t, newTestHandler(t, &telemetrytest.Output{}, accept), payload)
	const want = `"errors":[{"in":"body","pointer":"","code":"malformed","detail":"the body is not the base64 that the event says it is"}]`
	if !strings.Contains(response.Body, want) {
		t.Errorf("responded %s, want %s", response.Body, want)
	}
}

// TestConfiguration checks what New reads from the environment, and that code and
// operations match.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	code := map[string]Operation{"registerUserOrganization": accept}
	for name, c := range map[string]struct {
		variable, value, function string
		code                      map[string]Operation
		want                      string
	}{
		"nothing set":                   {"", "", "register", code, ""},
		"an origin":                     {"CORS_ALLOWED_ORIGIN", "https://office.example.com:8443", "register", code, ""},
		"an origin without TLS":         {"CORS_ALLOWED_ORIGIN", "http://office.example.com", "register", code, "CORS_ALLOWED_ORIGIN must be one origin"},
		"an origin with a path":         {"CORS_ALLOWED_ORIGIN", "https://office.example.com/", "register", code, "CORS_ALLOWED_ORIGIN must be one origin"},
		"another prefix":                {"AUTH_SCOPE_PREFIX", "members", "register", code, ""},
		"two prefixes":                  {"AUTH_SCOPE_PREFIX", "a b", "register", code, "AUTH_SCOPE_PREFIX must be"},
		"an operation without code":     {"", "", "register", nil, "openapi.yaml gives registerUserOrganization to the function register"},
		"code without an operation":     {"", "", "register", map[string]Operation{"registerUserOrganization": accept, "x": accept}, "the function register has code for x, which pkg/api/operations.txt does not give to it: add it to openapi.yaml, then "},
		"a function without operations": {"", "", "nothing", code, "the function nothing has code for registerUserOrganization, which "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getenv := func(name string) string { return map[string]string{c.variable: c.value}[name] }
			_, err := New(c.function, getenv, io.Discard, time.Now, c.code)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("New: %v, want %q", err, c.want)
			}
		})
	}
}
