// Package apigateway is what the functions read alike of API Gateway's events.
package apigateway

import "strings"

// Headers are the two forms in which an event of a REST API carries headers
// (API Gateway developer guide, "Input format of a Lambda function for proxy
// integration").
type Headers struct {
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
}

// Values gives the values of all headers of that name, in any spelling, since
// a second spelling is a second value to whoever reads the other one. Only
// MultiValueHeaders tells that a header came twice: Headers keeps the last
// value, and is read where an event, made by hand, has nothing else.
func (h Headers) Values(name string) []string {
	var values []string
	for n, vs := range h.MultiValueHeaders {
		if strings.EqualFold(n, name) {
			values = append(values, vs...)
		}
	}
	if h.MultiValueHeaders != nil {
		return values
	}
	for n, v := range h.Headers {
		if strings.EqualFold(n, name) {
			values = append(values, v)
		}
	}
	return values
}
