package api

import (
	"strings"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/strictjson"
)

// event is what the edge needs of API Gateway's proxy event, version 1.0.
type event struct {
	apigateway.Headers

	Resource   string
	Path       string
	HTTPMethod string
	Query      map[string][]string
	RequestID  string
	// Authorizer is the authorizer's context. A value that is not a string is nil.
	Authorizer      map[string]any
	Body            string
	IsBase64Encoded bool
}

// decode reads only what the edge needs: decoding the whole event into the
// library's type costs as much as the call of the store. The names are those of
// API Gateway's developer guide, "Input format of a Lambda function for proxy
// integration".
func (e *event) decode(payload []byte) error {
	r := strictjson.NewReader(string(payload))
	var single map[string]string
	for name := range r.Members() {
		switch name {
		case "resource":
			e.Resource = r.Text()
		case "path":
			e.Path = r.Text()
		case "httpMethod":
			e.HTTPMethod = r.Text()
		case "queryStringParameters":
			single = r.Texts()
		case "multiValueQueryStringParameters":
			e.decodeQuery(r)
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
	if e.Query == nil && len(single) > 0 {
		e.Query = map[string][]string{}
		for name, value := range single {
			e.Query[name] = []string{value}
		}
	}
	return r.End()
}

func (e *event) decodeQuery(r *strictjson.Reader) {
	if r.Null() {
		return
	}
	e.Query = map[string][]string{}
	for name := range r.Members() {
		for range r.Items() {
			e.Query[name] = append(e.Query[name], r.Text())
		}
	}
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
