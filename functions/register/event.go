package main

import (
	"encoding/base64"
	"fmt"
	"strings"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/membership"
)

// event is what the handler needs of API Gateway's proxy event, version 1.0:
// decoding the whole of it costs as much as the call of the store. The names
// are those of API Gateway's developer guide, "Input format of a Lambda
// function for proxy integration".
type event struct {
	apigateway.Headers

	Resource       string            `json:"resource"`
	HTTPMethod     string            `json:"httpMethod"`
	PathParameters map[string]string `json:"pathParameters"`
	RequestContext struct {
		RequestID  string         `json:"requestId"`
		Authorizer map[string]any `json:"authorizer"`
	} `json:"requestContext"`
	Body            string `json:"body"`
	IsBase64Encoded bool   `json:"isBase64Encoded"`
}

// body gives the bytes that the caller sent. Where the gateway passes them on
// as text, it has put U+FFFD in the place of each that is not UTF-8: what was
// refused there must not come out as another name, nor count as three bytes.
func (e *event) body() ([]byte, error) {
	if !e.IsBase64Encoded {
		return []byte(strings.ReplaceAll(e.Body, "\ufffd", "\xff")), nil
	}
	body, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, &membership.InvalidError{Total: 1, Faults: []membership.Fault{{
			In: membership.InBody, Code: membership.Malformed, Detail: "the body is not the base64 that the event says it is",
		}}}
	}
	return body, nil
}

func (e *event) route() string { return fmt.Sprintf("%s %s", e.HTTPMethod, e.Resource) }

// callerID is the caller's user as the authorizer names them, or empty.
func (e *event) callerID() string {
	who, _ := caller.FromContext(e.RequestContext.Authorizer)
	return who.UserID
}
