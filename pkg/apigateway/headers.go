package apigateway

import "strings"

// Headers are the headers of an event, in the two forms that a REST API sends (API
// Gateway developer guide, "Input format of a Lambda function for proxy
// integration"). It is to be embedded in an event.
type Headers struct {
	Single SingleValues `json:"headers"`
	Multi  MultiValues  `json:"multiValueHeaders"`
}

// Values returns the values of all headers with that name, in any case, because
// another reader may take the value of any of them.
func (h Headers) Values(name string) []string {
	var values []string
	for _, header := range Members(h.Single, h.Multi) {
		if strings.EqualFold(header.Name, name) {
			values = append(values, header.Values...)
		}
	}
	return values
}
