package membership

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
)

// Place says which part of a request a Violation was found in.
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

// The violations that a value can have.
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

// MarshalJSONTo writes At as `pointer` or as `name`: the pointer to the whole
// body is empty, and still has to be there.
func (f Violation) MarshalJSONTo(e *jsontext.Encoder) error {
	var name, pointer *string
	if f.In == InBody {
		pointer = &f.At
	} else {
		name = &f.At
	}
	return json.MarshalEncode(e, struct {
		In      Place         `json:"in"`
		Name    *string       `json:"name,omitzero"`
		Pointer *string       `json:"pointer,omitzero"`
		Code    ViolationCode `json:"code"`
		Detail  string        `json:"detail"`
	}{f.In, name, pointer, f.Code, f.Detail})
}

// MaxViolations is how many violations an InvalidError lists.
const MaxViolations = 100

// maxPlaces is how many bytes the places of the listed violations may have together,
// twice what a body can hold: pointers into a deep nesting are each as long as
// it is deep, and a hundred of them would make the response larger than a function may give.
const maxPlaces = 128 << 10

// InvalidError says everything that is wrong with a request.
type InvalidError struct {
	// Violations are the first MaxViolations, in the order path, header, body.
	Violations []Violation
	// Total counts those that are not listed, too.
	Total int

	places int // bytes of what is listed
}

// MalformedBody is the error for a body that cannot be read at all.
func MalformedBody(detail string) *InvalidError {
	var invalid InvalidError
	invalid.add(InBody, "", Malformed, detail)
	return &invalid
}

// Error tells no name or value of the request: it is written to logs.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%d violations, the first in the %s: %s", e.Total, e.Violations[0].In, e.Violations[0].Code)
}

// once gives the value of what a request may carry once. It refuses any other
// number of values, none included.
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

// addAt asks for the place only where there is room to list it.
func (e *InvalidError) addAt(in Place, at func() string, code ViolationCode, detail string) {
	e.Total++
	if len(e.Violations) == MaxViolations || e.places > maxPlaces {
		return
	}
	f := Violation{in, at(), code, detail}
	e.places += len(f.At)
	e.Violations = append(e.Violations, f)
}
