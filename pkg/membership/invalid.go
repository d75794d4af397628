package membership

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
)

// Place is the part of a request that has a Violation.
type Place string

// The parts of a request.
const (
	InPath   Place = "path"
	InQuery  Place = "query"
	InHeader Place = "header"
	InBody   Place = "body"
)

// ViolationCode is a stable name for what is wrong with one value.
type ViolationCode string

// The codes of violations.
const (
	Required         ViolationCode = "required"
	WrongType        ViolationCode = "wrong-type"
	NotAnInteger     ViolationCode = "not-an-integer"
	OutOfRange       ViolationCode = "out-of-range"
	NotAllowed       ViolationCode = "not-allowed"
	TooManyItems     ViolationCode = "too-many-items"
	UnknownField     ViolationCode = "unknown-field"
	DuplicateField   ViolationCode = "duplicate-field"
	UnknownParameter ViolationCode = "unknown-parameter"
	Malformed        ViolationCode = "malformed"
)

// Violation is one thing that is wrong with a request.
type Violation struct {
	In Place
	// At is a JSON pointer (RFC 6901) in the body, and a name elsewhere.
	At     string
	Code   ViolationCode
	Detail string
}

// MarshalJSONTo writes At as `pointer` or as `name`. Both are pointers to strings,
// since the JSON pointer to the whole body is empty, and is written too.
func (v Violation) MarshalJSONTo(e *jsontext.Encoder) error {
	var name, pointer *string
	if v.In == InBody {
		pointer = &v.At
	} else {
		name = &v.At
	}
	return json.MarshalEncode(e, struct {
		In      Place         `json:"in"`
		Name    *string       `json:"name,omitzero"`
		Pointer *string       `json:"pointer,omitzero"`
		Code    ViolationCode `json:"code"`
		Detail  string        `json:"detail"`
	}{v.In, name, pointer, v.Code, v.Detail})
}

// MaxViolations is the largest number of violations that an InvalidError lists.
const MaxViolations = 100

// maxPlaces limits the bytes of all listed places together, to twice the size of
// the largest body. A pointer is as long as the nesting is deep, and a hundred long
// ones would make the response larger than a function may send.
const maxPlaces = 128 << 10

// InvalidError lists the violations of a request.
type InvalidError struct {
	// Violations has MaxViolations at most, in the order path, query, header, body.
	Violations []Violation
	// Total is the number of all violations, listed or not.
	Total int

	places int // bytes of the listed At
}

// MalformedBody returns the error for a body that cannot be decoded.
func MalformedBody(detail string) *InvalidError {
	var invalid InvalidError
	invalid.add(InBody, "", Malformed, detail)
	return &invalid
}

// Error contains no name or value of the request, since it is logged.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%d violations, the first in the %s: %s", e.Total, e.Violations[0].In, e.Violations[0].Code)
}

// orNil returns e, or nil where there is no violation.
func (e *InvalidError) orNil() error {
	if e.Total == 0 {
		return nil
	}
	return e
}

// once returns the only value. It refuses every other number of values, none
// included.
func (e *InvalidError) once(in Place, name string, values []string) (value string, ok bool) {
	if len(values) != 1 {
		e.add(in, name, NotAllowed, "must not be sent more than once")
		return "", false
	}
	return values[0], true
}

func (e *InvalidError) add(in Place, at string, code ViolationCode, detail string) {
	e.addAt(in, func() string { return at }, code, detail)
}

// addAt calls at only where the violation is listed: a pointer takes time to write.
func (e *InvalidError) addAt(in Place, at func() string, code ViolationCode, detail string) {
	e.Total++
	if len(e.Violations) == MaxViolations || e.places > maxPlaces {
		return
	}
	v := Violation{in, at(), code, detail}
	e.places += len(v.At)
	e.Violations = append(e.Violations, v)
}
