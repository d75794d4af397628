// Package apigateway is what the functions read alike of API Gateway's events.
package apigateway

import (
	"strings"

	"users-organizations/pkg/strictjson"
)

// Headers are those of an event of a REST API, which carries them in two forms
// (API Gateway developer guide, "Input format of a Lambda function for proxy
// integration"). They are lists, which a handful of look-ups goes through
// faster than two maps are made.
type Headers struct {
	single []header
	// multi is nil where the event has no multiValueHeaders.
	multi []header
}

type header struct{ name, value string }

// usual is how many headers there is room for from the beginning.
const usual = 32

// DecodeMember takes the value of the member of an event that has this name:
// headers, or what is of no use here.
func (h *Headers) DecodeMember(r *strictjson.Reader, member string) {
	switch {
	case member != "headers" && member != "multiValueHeaders":
		r.Skip()
	case r.Null():
	case member == "headers":
		h.single = make([]header, 0, usual)
		for name := range r.Members() {
			h.single = append(h.single, header{name, r.Text()})
		}
	default:
		h.multi = make([]header, 0, usual)
		for name := range r.Members() {
			for range r.Items() {
				h.multi = append(h.multi, header{name, r.Text()})
			}
		}
	}
}

// Values gives the values of all headers of that name, in any spelling, since
// a second spelling is a second value to whoever reads the other one. Only
// multiValueHeaders tells that a header came twice: headers keeps the last
// value, and is read where an event, made by hand, has nothing else.
func (h Headers) Values(name string) []string {
	all := h.multi
	if all == nil {
		all = h.single
	}
	var values []string
	for _, header := range all {
		if strings.EqualFold(header.name, name) {
			values = append(values, header.value)
		}
	}
	return values
}
