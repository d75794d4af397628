package problem

import (
	"encoding/json"
	"strconv"
)

// GatewayResponse is an answer that API Gateway gives by itself, made over
// into one of our problems.
type GatewayResponse struct {
	// Type is API Gateway's name of the response, such as ACCESS_DENIED
	// (API Gateway developer guide, "Gateway response types").
	Type string
	// Code is empty for the two defaults, which stand for statuses that are
	// not known beforehand.
	Code Code
}

// GatewayResponses are all of API Gateway's own answers that a caller of this
// service can meet. Keys that cannot be loaded make the authorizer fail, and a
// caller should try again then: so AUTHORIZER_FAILURE is Unavailable. The route
// itself leaves media types to its handler; only what is no route looks at them,
// and that is NotFound whatever is sent to it.
var GatewayResponses = []GatewayResponse{
	{"ACCESS_DENIED", Forbidden},
	{"API_CONFIGURATION_ERROR", InternalError},
	{"AUTHORIZER_CONFIGURATION_ERROR", Unavailable},
	{"AUTHORIZER_FAILURE", Unavailable},
	{"BAD_REQUEST_BODY", InvalidRequest},
	{"BAD_REQUEST_PARAMETERS", InvalidRequest},
	{"INTEGRATION_FAILURE", BadGateway},
	{"INTEGRATION_TIMEOUT", Timeout},
	{"INVALID_SIGNATURE", NoSuchOperation},
	{"MISSING_AUTHENTICATION_TOKEN", NoSuchOperation},
	{"QUOTA_EXCEEDED", TooManyRequests},
	{"REQUEST_TOO_LARGE", PayloadTooLarge},
	{"RESOURCE_NOT_FOUND", NoSuchOperation},
	{"THROTTLED", TooManyRequests},
	{"UNAUTHORIZED", Unauthorized},
	{"UNSUPPORTED_MEDIA_TYPE", NoSuchOperation},
	{wafFiltered, TooManyRequests},
	{"DEFAULT_4XX", ""},
	{"DEFAULT_5XX", ""},
}

// wafFiltered answers an address that has sent more than the web ACL lets
// through within FirewallWindow.
const wafFiltered = "WAF_FILTERED"

// FirewallWindow is how many seconds back the web ACL's rate rule looks: a
// caller who is quiet for as long is let through again.
const FirewallWindow = 300

// GatewayRequestID is API Gateway's template variable for the id of a request.
const GatewayRequestID = "$context.requestId"

// Status is the response's HTTP status, and 0 where API Gateway keeps its own.
func (r GatewayResponse) Status() int { return table[r.Code].status }

// Headers are the response's headers, by name.
func (r GatewayResponse) Headers() map[string]string {
	h := headers(r.Code, GatewayRequestID)
	if r.Type == wafFiltered {
		h["Retry-After"] = strconv.Itoa(FirewallWindow)
	}
	return h
}

// Template is the body of the response: a static text but for the request's
// id, since any other variable can hold what a caller wrote.
func (r GatewayResponse) Template() string {
	p := Problem{Type: "about:blank", Title: "The request was refused by the gateway", RequestID: GatewayRequestID}
	if r.Code != "" {
		p = New(r.Code, GatewayRequestID)
	}
	text, err := json.Marshal(p)
	if err != nil {
		panic("a problem of static text is always JSON: " + err.Error())
	}
	return string(text)
}
