package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/pkg/openapi"
)

// seen calls an operation and gives the event that its function sees.
func seen(t *testing.T, operation openapi.Operation, query string, change func(*http.Request)) (events.APIGatewayProxyRequest, reply) {
	t.Helper()
	var got events.APIGatewayProxyRequest
	s := &system{function: func(_ context.Context, event []byte) ([]byte, error) {
		return []byte(created), json.Unmarshal(event, &got)
	}}
	response, body := call(t, s.start(t), pathOf(operation)+query, func(r *http.Request) {
		r.Method = operation.Method
		if change != nil {
			change(r)
		}
	})
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("responded %d %s", response.StatusCode, body)
	}
	return got, response
}

func TestEveryOperationReachesAFunction(t *testing.T) {
	t.Parallel()
	for _, o := range openapi.Operations() {
		t.Run(o.ID, func(t *testing.T) {
			t.Parallel()
			got, _ := seen(t, o, "?pageSize=2", func(r *http.Request) {
				r.Header["If-Match"] = []string{`"0a"`, `*`}
			})
			if got.HTTPMethod != o.Method || got.Resource != o.Path || got.RequestContext.ResourcePath != o.Path {
				t.Errorf("the function saw %s %s, want %s %s", got.HTTPMethod, got.Resource, o.Method, o.Path)
			}
			if got.Body != `{"scope":1}` || got.QueryStringParameters["pageSize"] != "2" {
				t.Errorf("the function saw the body %q and the query %v", got.Body, got.QueryStringParameters)
			}
			if tags := got.MultiValueHeaders["If-Match"]; !reflect.DeepEqual(tags, []string{`"0a"`, `*`}) {
				t.Errorf("the function saw If-Match %q", tags)
			}
		})
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	type values = map[string][]string
	for query, want := range map[string]values{
		"":                                nil,
		"?":                               nil,
		"?&&":                             nil,
		"?a":                              {"a": {""}},
		"?a=":                             {"a": {""}},
		"?a=1&a=2":                        {"a": {"1", "2"}},
		"?a=1&A=2":                        {"a": {"1"}, "A": {"2"}},
		"?a=b=c":                          {"a": {"b=c"}},
		"?a=1;b=2":                        {"a": {"1"}, "b": {"2"}},
		"?a=1%3Bb=2":                      {"a": {"1;b=2"}},
		"?email=test%2Balias@example.com": {"email": {"test+alias@example.com"}},
		"?plus=test+alias":                {"plus": {"test alias"}},
		"?a=%2541":                        {"a": {"%41"}},
		"?%61=%00":                        {"a": {"\x00"}},
		"?a=%zz":                          {"a": {"%zz"}},
		"?a=|{}":                          {"a": {"|{}"}},
		"?{a}=1":                          {"{a}": {"1"}},
		"?url=https://example.com/?x":     {"url": {"https://example.com/?x"}},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			got, _ := seen(t, registration, query, nil)
			if !reflect.DeepEqual(got.MultiValueQueryStringParameters, want) {
				t.Errorf("all values are %q, want %q", got.MultiValueQueryStringParameters, want)
			}
			for name, all := range want {
				if last := all[len(all)-1]; got.QueryStringParameters[name] != last {
					t.Errorf("%s is %q, want %q", name, got.QueryStringParameters[name], last)
				}
			}
		})
	}
}

func TestPathsArriveAsTheyWereSent(t *testing.T) {
	t.Parallel()
	for _, path := range []string{at("%31", "a%2Fb"), at("1", "2") + "/", at("..", "2;x")} {
		var got events.APIGatewayProxyRequest
		s := &system{function: func(_ context.Context, event []byte) ([]byte, error) {
			return []byte(created), json.Unmarshal(event, &got)
		}}
		call(t, s.start(t), path, nil)
		segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
		want := map[string]string{"userId": segments[len(segments)-3], "organizationId": segments[len(segments)-1]}
		if "/main"+got.Path != path || got.RequestContext.Path != path || !reflect.DeepEqual(got.PathParameters, want) {
			t.Errorf("%s: the function saw %q, %q and %v", path, got.Path, got.RequestContext.Path, got.PathParameters)
		}
	}
}

// The extended id is always the gateway's own.
func TestAClientMayChooseTheRequestID(t *testing.T) {
	t.Parallel()
	for id, taken := range map[string]bool{
		"6f1c9c52-8a53-4f0e-9d0c-0a3c5d1e7b21": true,
		"A":                                    true,
		"":                                     false,
		`a","requestId":"b`:                    false,
		"$context.requestId":                   false,
		strings.Repeat("a", 129):               false,
	} {
		got, response := seen(t, registration, "", func(r *http.Request) { r.Header.Set("X-Amzn-RequestId", id) })
		given := response.Header.Get("X-Amzn-Requestid")
		if (given == id) != taken || given == "" || got.RequestContext.RequestID != given {
			t.Errorf("%q: the caller is given %q, the function %q", id, given, got.RequestContext.RequestID)
		}
		extended := response.Header.Get("X-Amz-Apigw-Id")
		if extended == "" || extended == id || got.RequestContext.ExtendedRequestID != extended {
			t.Errorf("%q: the extended id is %q for the caller, %q for the function", id, extended, got.RequestContext.ExtendedRequestID)
		}
	}
}

func TestAChosenRequestIDIsInGatewayResponses(t *testing.T) {
	t.Parallel()
	const id = "6f1c9c52-8a53-4f0e-9d0c-0a3c5d1e7b21"
	server := (&system{authorizer: always(allow(arn + "/3"))}).start(t)
	response, body := call(t, server, target, func(r *http.Request) { r.Header.Set("X-Amzn-RequestId", id) })
	if response.Header.Get("X-Request-Id") != id || !strings.Contains(body, `"requestId":"`+id+`"`) {
		t.Errorf("responded %v %s", response.Header, body)
	}
}

func TestABodyThatIsNotUTF8(t *testing.T) {
	t.Parallel()
	got, _ := seen(t, registration, "", func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("a\xffb")), 3
	})
	if got.Body != "a\ufffdb" || got.IsBase64Encoded {
		t.Errorf("the function saw %q, base64 %v", got.Body, got.IsBase64Encoded)
	}
}
