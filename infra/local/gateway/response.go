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

// refusal is an error to which the gateway itself responds.
type refusal struct {
	// kind is the type of the gateway response, such as ACCESS_DENIED.
	kind string
	// status counts where the gateway response sets none, which the defaults do.
	status int
	// cause is for the log; nil where kind says enough.
	cause error
}

func refuse(kind string, cause error) *refusal { return &refusal{kind: kind, cause: cause} }

// refuseByDefault is for errors that have no gateway response type of their own.
func refuseByDefault(status int, cause error) *refusal {
	kind := "DEFAULT_4XX"
	if status >= http.StatusInternalServerError {
		kind = "DEFAULT_5XX"
	}
	return &refusal{kind: kind, status: status, cause: cause}
}

// Error gives the type and the cause.
func (r *refusal) Error() string { return fmt.Sprintf("%s: %v", r.kind, r.cause) }

// response is what the client receives.
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

// errorTypes are values of x-amzn-ErrorType (AWS Knowledge Center, "How do I
// troubleshoot HTTP 403 errors from API Gateway?"). No page lists the others.
var errorTypes = map[string]string{
	"ACCESS_DENIED":                "AccessDeniedException",
	"MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
	"UNAUTHORIZED":                 "UnauthorizedException",
}

// response makes the gateway response of r's kind, with the request's id in its
// headers and body.
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

// noStage is the response to a path outside the stage. API Gateway finds no API
// for it, so no gateway response shapes it (AWS Knowledge Center, "How do I
// troubleshoot HTTP 403 errors from API Gateway?").
func noStage() response {
	return response{
		status: http.StatusForbidden,
		header: http.Header{"Content-Type": {"application/json"}, "x-amzn-ErrorType": {"ForbiddenException"}},
		body:   `{"message":"Forbidden"}`,
	}
}

// remappedHeaders of a function reach the client with the prefix x-amzn-Remapped-
// (API Gateway developer guide, "Important notes", the headers of REST APIs).
var remappedHeaders = map[string]bool{
	"Authorization": true, "Connection": true, "Content-Length": true, "Content-Md5": true, "Date": true,
	"Expect": true, "Host": true, "Max-Forwards": true, "Proxy-Authenticate": true, "Server": true,
	"Trailer": true, "Upgrade": true, "User-Agent": true, "Www-Authenticate": true,
}

// integrationResponse reads the output of a function. This API has no binary
// media types, so API Gateway ignores isBase64Encoded and leaves the body as it
// is.
func integrationResponse(payload []byte) (response, error) {
	var output events.APIGatewayProxyResponse
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&output); err != nil {
		return response{}, fmt.Errorf("the function returned no proxy response: %w", err)
	}
	if output.StatusCode < 200 || output.StatusCode > 599 {
		return response{}, errors.New("the function returned no statusCode of 200 to 599")
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
