package gateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/gatewayresponses"
)

// refusal is an answer of the gateway's own.
type refusal struct {
	// kind is the type of the gateway response, such as ACCESS_DENIED.
	kind string
	// cause is what went wrong behind the gateway; nil where the client did.
	cause error
}

func refuse(kind string, cause error) *refusal { return &refusal{kind: kind, cause: cause} }

// Error gives the type and the cause.
func (r *refusal) Error() string { return fmt.Sprintf("%s: %v", r.kind, r.cause) }

// answer is a response to be written.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}

// defaults are the types that have no gateway response of their own or keep
// API Gateway's status, with that status and the type that stands in.
var defaults = map[string]struct {
	status int
	kind   string
}{
	"DEFAULT_4XX":       {http.StatusBadRequest, "DEFAULT_4XX"},
	"DEFAULT_5XX":       {http.StatusInternalServerError, "DEFAULT_5XX"},
	"HEADERS_TOO_LARGE": {http.StatusRequestHeaderFieldsTooLarge, "DEFAULT_4XX"},
}

// errorTypes go into x-amzn-ErrorType (AWS Knowledge Center, "How do I
// troubleshoot HTTP 403 errors from API Gateway?"), whose other values no page
// lists.
var errorTypes = map[string]string{
	"ACCESS_DENIED":                "AccessDeniedException",
	"MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
	"UNAUTHORIZED":                 "UnauthorizedException",
}

// ownAnswer is the gateway response of the type, with the request's id where
// its headers and body ask for it.
func ownAnswer(kind, requestID string) answer {
	status := http.StatusInternalServerError
	if d, ok := defaults[kind]; ok {
		status, kind = d.status, d.kind
	}
	response, ok := gatewayresponses.Of(kind)
	if !ok {
		response, _ = gatewayresponses.Of("DEFAULT_5XX")
	}
	if response.Status != 0 {
		status = response.Status
	}
	a := answer{
		status: status,
		header: http.Header{},
		body:   strings.ReplaceAll(response.Body, gatewayresponses.RequestID, requestID),
	}
	for name, value := range response.Headers {
		a.header[name] = []string{strings.ReplaceAll(value, gatewayresponses.RequestID, requestID)}
	}
	if errorType, ok := errorTypes[kind]; ok {
		a.header["x-amzn-ErrorType"] = []string{errorType}
	}
	return a
}

// noStage is the answer where the path leads to no stage: there is no API then
// whose gateway responses could shape it (AWS Knowledge Center, "How do I
// troubleshoot HTTP 403 errors from API Gateway?").
func noStage() answer {
	return answer{
		status: http.StatusForbidden,
		header: http.Header{"Content-Type": {"application/json"}, "x-amzn-ErrorType": {"ForbiddenException"}},
		body:   `{"message":"Forbidden"}`,
	}
}

// note logs an answer of the gateway's own with the names of the access log of
// a deployed API, and what went wrong behind the gateway.
func (g *Gateway) note(x *exchange, r *refusal, status int) {
	line := g.log.With(
		"requestId", x.requestID,
		"extendedRequestId", x.extendedID,
		"sourceIp", x.sourceIP(),
		"method", x.request.Method,
		"route", cmp.Or(x.resource, "-"),
		"status", strconv.Itoa(status),
		"error", r.kind,
	)
	if r.cause != nil {
		line.Error("the gateway failed", "cause", r.cause)
		return
	}
	line.Info("the gateway refused the request")
}

// remappedHeaders of a function reach the client under another name, begun
// with x-amzn-Remapped- (API Gateway developer guide, "Important notes", the
// headers of REST APIs).
var remappedHeaders = map[string]bool{
	"Authorization": true, "Connection": true, "Content-Length": true, "Content-Md5": true, "Date": true,
	"Expect": true, "Host": true, "Max-Forwards": true, "Proxy-Authenticate": true, "Server": true,
	"Trailer": true, "Upgrade": true, "User-Agent": true, "Www-Authenticate": true,
}

// functionAnswer reads the answer of a proxy integration. Without binary media
// types, which this API has none of, API Gateway passes the body on as it
// stands, whatever isBase64Encoded says.
func functionAnswer(payload []byte) (answer, error) {
	var response events.APIGatewayProxyResponse
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&response); err != nil {
		return answer{}, fmt.Errorf("the function's answer is no proxy response: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 599 {
		return answer{}, errors.New("the function's answer has no usable statusCode")
	}
	a := answer{status: response.StatusCode, header: http.Header{}, body: response.Body}
	for name, value := range response.Headers {
		a.setHeader(name, []string{value})
	}
	for name, values := range response.MultiValueHeaders {
		a.setHeader(name, values)
	}
	if _, ok := a.header["Content-Type"]; !ok {
		a.header["Content-Type"] = []string{"application/json"}
	}
	return a, nil
}

func (a answer) setHeader(name string, values []string) {
	canonical := http.CanonicalHeaderKey(name)
	switch {
	case canonical == "Transfer-Encoding":
	case remappedHeaders[canonical]:
		a.header["x-amzn-Remapped-"+name] = values
	default:
		a.header[canonical] = values
	}
}
