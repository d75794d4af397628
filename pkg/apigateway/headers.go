package apigateway

import "strings"

// Headers are those of an event of a REST API, which carries them in two forms
// (API Gateway developer guide, "Input format of a Lambda function for proxy
// integration"). An event embeds them.
type Headers struct {
	Single Members[string]   `json:"headers"`
	Multi  Members[[]string] `json:"multiValueHeaders"`
}

// Values gives the values of all headers of that name, in any spelling, since
// a second spelling is a second value to a reader that takes the other one.
func (h Headers) Values(name string) []string {
	var values []string
	for _, header := range Lists(h.Single, h.Multi) {
		if strings.EqualFold(header.Name, name) {
			values = append(values, header.Value...)
		}
	}
	return values
}
