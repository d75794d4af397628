package main

import (
	"encoding/base64"
	"strings"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/strictjson"
)

// event is what the handler needs of API Gateway's proxy event, version 1.0.
type event struct {
	apigateway.Headers

	Resource       string
	HTTPMethod     string
	PathParameters map[string]string
	RequestID      string
	// Authorizer is the authorizer's context. What is no string in it is nil.
	Authorizer      map[string]any
	Body            string
	IsBase64Encoded bool
}

// decode reads the event, and only what the handler needs: as a whole, into
// the library's type, it costs as much as the call of the store. The names are
// those of API Gateway's developer guide, "Input format of a Lambda function
// for proxy integration".
func (e *event) decode(payload []byte) error {
	r := strictjson.NewReader(string(payload))
	for name := range r.Members() {
		switch name {
		case "resource":
			e.Resource = r.Text()
		case "httpMethod":
			e.HTTPMethod = r.Text()
		case "pathParameters":
			e.PathParameters = r.Texts()
		case "requestContext":
			e.decodeContext(r)
		case "body":
			e.Body = r.Text()
		case "isBase64Encoded":
			e.IsBase64Encoded = r.Bool()
		default:
			e.DecodeMember(r, name)
		}
	}
	return r.End()
}

func (e *event) decodeContext(r *strictjson.Reader) {
	for name := range r.Members() {
		switch name {
		case "requestId":
			e.RequestID = r.Text()
		case "authorizer":
			e.Authorizer = map[string]any{}
			for name := range r.Members() {
				e.Authorizer[name] = nil
				if v := r.Value(); v.Kind == strictjson.String {
					e.Authorizer[name] = v.Text
				}
			}
		default:
			r.Skip()
		}
	}
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
		return nil, &membership.InvalidError{Total: 1, Violations: []membership.Violation{{
			In: membership.InBody, Code: membership.Malformed, Detail: "the body is not the base64 that the event says it is",
		}}}
	}
	return body, nil
}

func (e *event) route() string { return e.HTTPMethod + " " + e.Resource }

// callerID is the caller's user as the authorizer names them, or empty.
func (e *event) callerID() string {
	who, _ := caller.FromContext(e.Authorizer)
	return who.UserID
}
