package main

import (
	"strings"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/token"
)

// event has the needed parts of a REQUEST authorizer's event, named as in API
// Gateway's developer guide, "Input to an API Gateway Lambda authorizer".
type event struct {
	apigateway.Headers

	MethodARN      string `json:"methodArn"`
	RequestContext struct {
		RequestID string `json:"requestId"`
	} `json:"requestContext"`
}

// The reasons to refuse a request without checking its tokens.
const (
	reasonAbsent  token.Reason = "absent"
	reasonDoubled token.Reason = "doubled"
	reasonScheme  token.Reason = "scheme"
)

// tokens returns the two tokens of the request.
func (e *event) tokens() (bearer, session string, refusal *token.RefusedError) {
	credentials, refusal := e.single(token.Bearer, apigateway.Authorization)
	if refusal != nil {
		return "", "", refusal
	}
	session, refusal = e.single(token.Session, apigateway.SessionToken)
	if refusal != nil {
		return "", "", refusal
	}
	// The scheme's case does not matter, and spaces follow it (RFC 9110, section 11.4).
	scheme, rest, found := strings.Cut(credentials, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return "", "", &token.RefusedError{Kind: token.Bearer, Reason: reasonScheme}
	}
	return strings.TrimLeft(rest, " "), session, nil
}

// single returns the only value of a header. It refuses a second value, even an equal
// one: the next reader of the request may take the other.
func (e *event) single(kind token.Kind, header apigateway.Header) (string, *token.RefusedError) {
	switch values := e.Values(header); len(values) {
	case 0:
		return "", &token.RefusedError{Kind: kind, Reason: reasonAbsent}
	case 1:
		return values[0], nil
	default:
		return "", &token.RefusedError{Kind: kind, Reason: reasonDoubled}
	}
}
