package apigateway

import (
	"bytes"
	"encoding/json/jsontext"
)

// Header is a request header that a function reads. All others are skipped.
type Header int

// The headers of the contract.
const (
	Authorization Header = iota
	SessionToken
	ContentType
	ContentEncoding
	IdempotencyKey
	IfMatch
)

var headerNames = [...][]byte{
	Authorization:   []byte("Authorization"),
	SessionToken:    []byte("x-session-token"),
	ContentType:     []byte("Content-Type"),
	ContentEncoding: []byte("Content-Encoding"),
	IdempotencyKey:  []byte("Idempotency-Key"),
	IfMatch:         []byte("If-Match"),
}

// String returns the header's name.
func (h Header) String() string { return string(headerNames[h]) }

// Headers are the headers of an event, in the two forms that a REST API sends (API
// Gateway developer guide, "Input format of a Lambda function for proxy
// integration"). It is to be embedded in an event.
type Headers struct {
	// Single has only the last value of each name. It counts if the event, made by
	// hand, has no Multi.
	Single singleHeaders `json:"headers"`
	Multi  multiHeaders  `json:"multiValueHeaders"`
}

// Values returns all values of a header, whatever the case of its name, because
// another reader may take any of them.
func (h *Headers) Values(header Header) []string {
	if h.Multi.there {
		return h.Multi.values[header]
	}
	return h.Single.values[header]
}

type headers struct {
	there  bool
	values [len(headerNames)][]string
}

type (
	singleHeaders struct{ headers }
	multiHeaders  struct{ headers }
)

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (h *singleHeaders) UnmarshalJSONFrom(d *jsontext.Decoder) error { return h.read(d, appendString) }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (h *multiHeaders) UnmarshalJSONFrom(d *jsontext.Decoder) error { return h.read(d, appendStrings) }

func (h *headers) read(d *jsontext.Decoder, appendValue appender) (err error) {
	*h = headers{}
	h.there, err = readMembers(d, func(name []byte) (err error) {
		for i := range headerNames {
			// Names of equal length: EqualFold alone takes a Kelvin sign for a k.
			if len(name) == len(headerNames[i]) && bytes.EqualFold(name, headerNames[i]) {
				h.values[i], err = appendValue(h.values[i], d)
				return err
			}
		}
		return d.SkipValue()
	})
	return err
}
