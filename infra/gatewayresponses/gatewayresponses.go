// Package gatewayresponses is what API Gateway says by itself, in the form of
// the functions' problems: for the deployed API, and for the local gateway.
package gatewayresponses

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"users-organizations/pkg/problem"
)

// RequestID is API Gateway's variable for the id of a request. Headers and
// bodies have no other variable, since any other can hold what a caller wrote.
const RequestID = "$context.requestId"

// EvaluationWindowSec is how many seconds back the web ACL's rate rule looks.
// An address that has sent too much waits that long before it tries again.
const EvaluationWindowSec = 300

// Response is a gateway response (API Gateway developer guide, "Gateway
// response types").
type Response struct {
	// Type is API Gateway's name for it, ACCESS_DENIED for example.
	Type string
	// Status is the HTTP status, and 0 where API Gateway keeps its own.
	Status int
	// Headers are static texts by name; RequestID is the one variable.
	Headers map[string]string
	// Body is a mapping template for application/problem+json.
	Body string
}

// types are the types that a caller of this service can meet, with the problem
// that each becomes; a default, which stands for several statuses, has none.
// Keys that can't be loaded make the authorizer fail, and a later call may
// succeed: AUTHORIZER_FAILURE is Unavailable. The functions judge the media
// types of their operations; API Gateway judges them only where there is no
// operation, so UNSUPPORTED_MEDIA_TYPE is NoSuchOperation.
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

// All gives every response, sorted by type but for the two defaults at the end.
func All() []Response { return slices.Clone(all) }

// Of gives the response of a type, or false where the service does not set one.
func Of(kind string) (Response, bool) {
	i := slices.IndexFunc(all, func(r Response) bool { return r.Type == kind })
	if i < 0 {
		return Response{}, false
	}
	return all[i], true
}

// NotFound is the response to a path and method that are no operation: the same
// from a mock integration as from a path that leads nowhere.
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
