package api

import (
	"strings"

	"users-organizations/pkg/apigateway"
)

// event is the part of API Gateway's proxy event, version 1.0, that the edge
// needs. Decoding the whole event into the library's type costs as much as the
// call of the store. The names are those of API Gateway's developer guide,
// "Input format of a Lambda function for proxy integration".
type event struct {
	apigateway.Headers

	Resource       string                       `json:"resource"`
	Path           string                       `json:"path"`
	HTTPMethod     string                       `json:"httpMethod"`
	SingleQuery    apigateway.Members[string]   `json:"queryStringParameters"`
	MultiQuery     apigateway.Members[[]string] `json:"multiValueQueryStringParameters"`
	RequestContext struct {
		RequestID  string         `json:"requestId"`
		Authorizer map[string]any `json:"authorizer"`
	} `json:"requestContext"`
	Body            string `json:"body"`
	IsBase64Encoded bool   `json:"isBase64Encoded"`
}

// query gives all values of each query parameter, decoded.
func (e *event) query() map[string][]string {
	query := map[string][]string{}
	for _, p := range apigateway.Lists(e.SingleQuery, e.MultiQuery) {
		query[p.Name] = append(query[p.Name], p.Value...)
	}
	return query
}

// parameters matches the path, segment by segment, with the resource that the
// gateway took it for, and gives what stands in the place of each parameter.
// The gateway's own pathParameters may be decoded where the path is not: an id
// has one spelling, so the path as it came decides. A path with a segment more
// or less, such as an empty one after a trailing slash, is no match.
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
