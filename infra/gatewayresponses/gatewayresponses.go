// Package gatewayresponses has API Gateway's own responses as problems, for the
// deployed API and for the local gateway.
package gatewayresponses

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"users-organizations/pkg/problem"
)

// RequestID is API Gateway's variable for the id of a request. Headers and
// bodies have no other variable, since most others can contain a caller's input.
const RequestID = "$context.requestId"

// EvaluationWindowSec is the window of the web ACL's rate rule, in seconds, and
// the Retry-After of a blocked address.
const EvaluationWindowSec = 300

// Response is a gateway response (API Gateway developer guide, "Gateway response
// types").
type Response struct {
	// Type is API Gateway's response type, such as ACCESS_DENIED.
	Type string
	// Status is the HTTP status, or 0 where API Gateway keeps its own.
	Status int
	// Headers are static texts by name; RequestID is the one variable.
	Headers map[string]string
	// Body is a mapping template for application/problem+json.
	Body string
}

// types are the response types that a caller of this service can get, each with
// its problem. A default has none, since it has several statuses.
// AUTHORIZER_FAILURE is Unavailable: the authorizer fails when it can't load its
// keys, and a later call may succeed. UNSUPPORTED_MEDIA_TYPE is NoSuchOperation:
// the functions check the media types of their operations, and API Gateway only
// those of requests without an operation.
var types = []struct {
	name string
	code problem.Code
}{
	{"ACCESS_DENIED", problem.Forbidden},
	{"API_CONFIGURATION_ERROR", problem.InternalError},
	{"AUTHORIZER_CONFIGURATION_ERROR", problem.Unavailable},
	{"AUTHORIZER_FAILURE", problem.Unavailable},
	{"BAD_REQUEST_BODY", problem.InvalidRequest},
	{"BAD_REQUEST_PARAMETERS", problem.InvalidRequest},
	{"INTEGRATION_FAILURE", problem.BadGateway},
	{"INTEGRATION_TIMEOUT", problem.Timeout},
	{"INVALID_SIGNATURE", problem.NoSuchOperation},
	{notFound, problem.NoSuchOperation},
	{"QUOTA_EXCEEDED", problem.TooManyRequests},
	{"REQUEST_TOO_LARGE", problem.PayloadTooLarge},
	{"RESOURCE_NOT_FOUND", problem.NoSuchOperation},
	{"THROTTLED", problem.TooManyRequests},
	{"UNAUTHORIZED", problem.Unauthorized},
	{"UNSUPPORTED_MEDIA_TYPE", problem.NoSuchOperation},
	{wafFiltered, problem.TooManyRequests},
	{"DEFAULT_4XX", ""},
	{"DEFAULT_5XX", ""},
}

const (
	notFound    = "MISSING_AUTHENTICATION_TOKEN"
	wafFiltered = "WAF_FILTERED"
)

var all = newResponses()

// All returns every response, sorted by type, with the two defaults at the end.
func All() []Response { return slices.Clone(all) }

// Of returns the response of a type, or false where the service does not set one.
func Of(kind string) (Response, bool) {
	i := slices.IndexFunc(all, func(r Response) bool { return r.Type == kind })
	if i < 0 {
		return Response{}, false
	}
	return all[i], true
}

// NotFound is the response to a path and method without an operation, both from
// API Gateway itself and from a mock integration.
func NotFound() Response {
	r, _ := Of(notFound)
	return r
}

func newResponses() []Response {
	responses := make([]Response, len(types))
	for i, t := range types {
		p := problem.Problem{Type: "about:blank", Title: "The request was refused by the gateway", RequestID: RequestID}
		if t.code != "" {
			p = problem.New(t.code, RequestID)
		}
		body, err := json.Marshal(p)
		if err != nil {
			panic(fmt.Errorf("write the problem of %s: %w", t.name, err))
		}
		responses[i] = Response{Type: t.name, Status: p.Status, Headers: p.Headers(), Body: string(body)}
		if t.name == wafFiltered {
			responses[i].Headers["Retry-After"] = strconv.Itoa(EvaluationWindowSec)
		}
	}
	return responses
}
