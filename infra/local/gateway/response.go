package gateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/gatewayresponses"
)

// refusal asks for a response of the gateway's own.
type refusal struct {
	// kind is the type of the gateway response, such as ACCESS_DENIED.
	kind string
	// status is that of a default, which keeps it; else 0.
	status int
	// cause is for the log; nil where the type says all.
	cause error
}

func refuse(kind string, cause error) *refusal { return &refusal{kind: kind, cause: cause} }

// refuseByDefault is for what API Gateway names no type for.
func refuseByDefault(status int, cause error) *refusal {
	kind := "DEFAULT_4XX"
	if status >= http.StatusInternalServerError {
		kind = "DEFAULT_5XX"
	}
	return &refusal{kind: kind, status: status, cause: cause}
}

// Error gives the type and the cause.
func (r *refusal) Error() string { return fmt.Sprintf("%s: %v", r.kind, r.cause) }

// response is what a client gets.
type response struct {
	status int
	header http.Header
	body   string
}

func (r response) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(r.body))
}

// identify adds the ids by which the request is found in the logs.
func (r response) identify(of *request) {
	r.header["x-amzn-RequestId"] = []string{of.requestID}
	r.header["x-amz-apigw-id"] = []string{of.extendedID}
}

// errorTypes go into x-amzn-ErrorType (AWS Knowledge Center, "How do I
// troubleshoot HTTP 403 errors from API Gateway?"), whose other values no page
// lists.
var errorTypes = map[string]string{
	"ACCESS_DENIED":                "AccessDeniedException",
	"MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
	"UNAUTHORIZED":                 "UnauthorizedException",
}

// response is the gateway response that r asks for, with the request's id where
// its headers and body have a place for it.
func (r *refusal) response(requestID string) response {
	own, _ := gatewayresponses.Of(r.kind)
	out := response{
		status: cmp.Or(own.Status, r.status),
		header: http.Header{},
		body:   strings.ReplaceAll(own.Body, gatewayresponses.RequestID, requestID),
	}
	for name, value := range own.Headers {
		out.header[name] = []string{strings.ReplaceAll(value, gatewayresponses.RequestID, requestID)}
	}
	if errorType, ok := errorTypes[r.kind]; ok {
		out.header["x-amzn-ErrorType"] = []string{errorType}
	}
	return out
}

// noStage is the response where the path leads to no stage: there is no API then
// whose gateway responses could shape it (AWS Knowledge Center, "How do I
// troubleshoot HTTP 403 errors from API Gateway?").
func noStage() response {
	return response{
		status: http.StatusForbidden,
		header: http.Header{"Content-Type": {"application/json"}, "x-amzn-ErrorType": {"ForbiddenException"}},
		body:   `{"message":"Forbidden"}`,
	}
}

// remappedHeaders of a function reach the client under another name, begun
// with x-amzn-Remapped- (API Gateway developer guide, "Important notes", the
// headers of REST APIs).
var remappedHeaders = map[string]bool{
	"Authorization": true, "Connection": true, "Content-Length": true, "Content-Md5": true, "Date": true,
	"Expect": true, "Host": true, "Max-Forwards": true, "Proxy-Authenticate": true, "Server": true,
	"Trailer": true, "Upgrade": true, "User-Agent": true, "Www-Authenticate": true,
}

// integrationResponse reads what the function of a proxy integration returns.
// This API has no binary media types, so API Gateway passes the body on as it
// stands, and ignores isBase64Encoded.
func integrationResponse(payload []byte) (response, error) {
	var output events.APIGatewayProxyResponse
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&output); err != nil {
		return response{}, fmt.Errorf("the function returned no proxy response: %w", err)
	}
	if output.StatusCode < 200 || output.StatusCode > 599 {
		return response{}, errors.New("the function returned no usable statusCode")
	}
	r := response{status: output.StatusCode, header: http.Header{}, body: output.Body}
	for name, value := range output.Headers {
		r.setHeader(name, []string{value})
	}
	for name, values := range output.MultiValueHeaders {
		r.setHeader(name, values)
	}
	if _, ok := r.header["Content-Type"]; !ok {
		r.header["Content-Type"] = []string{"application/json"}
	}
	return r, nil
}

func (r response) setHeader(name string, values []string) {
	canonical := http.CanonicalHeaderKey(name)
	switch {
	case canonical == "Transfer-Encoding":
	case remappedHeaders[canonical]:
		r.header["x-amzn-Remapped-"+name] = values
	default:
		r.header[canonical] = values
	}
}
