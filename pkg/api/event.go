package api

import (
	"strings"

	"users-organizations/pkg/apigateway"
)

// event is the part of API Gateway's proxy event, version 1.0, that the edge
// needs. Decoding the whole event into the library's type would take as long as
// the call to the store. The names are from API Gateway's developer guide, "Input
// format of a Lambda function for proxy integration".
type event struct {
	apigateway.Headers

	Resource       string                  `json:"resource"`
	Path           string                  `json:"path"`
	HTTPMethod     string                  `json:"httpMethod"`
	SingleQuery    apigateway.SingleValues `json:"queryStringParameters"`
	MultiQuery     apigateway.MultiValues  `json:"multiValueQueryStringParameters"`
	RequestContext struct {
		RequestID  string           `json:"requestId"`
		Authorizer apigateway.Texts `json:"authorizer"`
	} `json:"requestContext"`
	Body            string `json:"body"`
	IsBase64Encoded bool   `json:"isBase64Encoded"`
}

// query returns all values of each query parameter, decoded. The single values, of
// which an event has the last of each name, count only if it has no others.
func (e *event) query() map[string][]string {
	if e.MultiQuery != nil {
		return e.MultiQuery
	}
	return e.SingleQuery
}

// parameters returns the path's parameters, if the path matches the resource
// segment by segment. It does not use the gateway's pathParameters, which may be
// decoded: an id has only one spelling in the path. A path with another number of
// segments, such as one with a trailing slash, does not match.
func (e *event) parameters() (map[string]string, bool) {
	resource, path := strings.Split(e.Resource, "/"), strings.Split(e.Path, "/")
	if len(resource) != len(path) {
		return nil, false
	}
	parameters := make(map[string]string, 2)
	for i, segment := range resource {
		name, isParameter := strings.CutPrefix(segment, "{")
		switch {
		case isParameter && path[i] != "":
			parameters[strings.TrimSuffix(name, "}")] = path[i]
		case segment != path[i]:
			return nil, false
		}
	}
	return parameters, true
}
