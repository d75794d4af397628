// Package openapitest checks responses of the service against its OpenAPI document.
// It is strict: clients must accept unknown members and headers, but the service
// sends only what the document names.
package openapitest

import (
	"bytes"
	"cmp"
	"encoding/json/v2"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Response is the response to one request.
type Response struct {
	// Method and Path are the request's; Path may begin with the stage.
	Method, Path string
	Status       int
	Header       http.Header
	Body         []byte
}

// Check fails the test if the document does not allow the response.
func Check(t testing.TB, method, path string, status int, header http.Header, body []byte) {
	t.Helper()
	response := Response{Method: method, Path: path, Status: status, Header: header, Body: body}
	if err := response.Conforms(); err != nil {
		t.Errorf("%s %s: the response %d is not in the OpenAPI document: %v\n%s", method, path, status, err, body)
	}
}

// CheckEvent fails the test if the document does not allow the CloudEvent.
func CheckEvent(t testing.TB, detail []byte) {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	value, err := parse(detail)
	if err == nil {
		err = d.event.Validate(value)
	}
	if err != nil {
		t.Errorf("the event is not in the OpenAPI document: %v\n%s", err, detail)
	}
}

// Conforms returns an error with all that the document does not allow in the
// response. A request for no operation must get the 404 that every operation has.
func (r Response) Conforms() error {
	return r.conforms(func(header string) bool { return slices.Contains(carried, header) })
}

// ConformsFromAfar is Conforms for a response that came through proxies. These add
// headers, so a header that the document does not name is no error.
func (r Response) ConformsFromAfar() error {
	return r.conforms(func(string) bool { return true })
}

// carried has the headers that depend on the transport and not on the operation:
// those of HTTP, of API Gateway, and of CORS, which a deployment may turn on.
var carried = []string{
	"Connection", "Content-Length", "Content-Type", "Date",
	"X-Amz-Apigw-Id", "X-Amzn-Errortype", "X-Amzn-Remapped-Www-Authenticate", "X-Amzn-Requestid", "X-Amzn-Trace-Id",
	"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary",
}

func (r Response) conforms(ignored func(header string) bool) error {
	d, err := load()
	if err != nil {
		return err
	}
	responses, found := d.find(r.Method, r.Path)
	if !found && r.Status != http.StatusNotFound {
		return fmt.Errorf("no operation is %s %s, so the status must be 404", r.Method, r.Path)
	}
	status := strconv.Itoa(r.Status)
	promise := cmp.Or(responses[status], responses[status[:1]+"XX"])
	if promise == nil {
		return fmt.Errorf("the operation has no response %s", status)
	}
	return errors.Join(promise.header(r.Header, ignored), promise.body(r.Header.Get("Content-Type"), r.Body))
}

func (p *promise) header(got http.Header, ignored func(string) bool) error {
	var all []error
	for _, name := range slices.Sorted(maps.Keys(p.headers)) {
		h := p.headers[name]
		values, sent := got[name]
		switch {
		case sent:
			if err := h.validate(strings.Join(values, ", ")); err != nil {
				all = append(all, fmt.Errorf("the header %s is %q: %w", name, values, err))
			}
		case h.required:
			all = append(all, fmt.Errorf("the header %s is missing", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if p.headers[name] == nil && !ignored(name) {
			all = append(all, fmt.Errorf("the header %s is not named", name))
		}
	}
	return errors.Join(all...)
}

// validate reads a header as text or as a number, since the schema decides which.
func (h *header) validate(text string) error {
	err := h.schema.Validate(text)
	if err == nil {
		return nil
	}
	if number, ok := parse([]byte(text)); ok == nil && h.schema.Validate(number) == nil {
		return nil
	}
	return err
}

func (p *promise) body(mediaType string, body []byte) error {
	schema := p.content[mediaType]
	if schema == nil {
		return fmt.Errorf("the media type %q is not named, want one of %v", mediaType, slices.Sorted(maps.Keys(p.content)))
	}
	value, err := parse(body)
	if err != nil {
		return fmt.Errorf("the body can't be decoded: %w", err)
	}
	return schema.Validate(value)
}

// parse reads one JSON text, with exact numbers, and refuses duplicate names.
func parse(text []byte) (any, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}
