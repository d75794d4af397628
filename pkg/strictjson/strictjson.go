// Package strictjson reads one JSON text without the kindness of
// encoding/json: Parse replaces, drops or overwrites nothing in it silently.
//
// Two readers that understand the same bytes differently are how a check and
// the thing it guards come apart, so request bodies and token parts are both
// read through Parse. Reader, on which it stands, is for the events around
// them, which the gateway made.
package strictjson

import (
	"bytes"
	"errors"
	"iter"
	"strconv"
	"unicode/utf8"
)

// Kind says what a Value is.
type Kind int

// The kinds of JSON value (RFC 8259, section 3).
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is one JSON value as it was written.
type Value struct {
	Kind Kind
	// Text is the decoded text of a String and the literal of a Number.
	Text string
	// Items are the elements of an Array, in order.
	Items []Value
	// Members are those of an Object, in order, repeated names included.
	Members []Member
}

// Member is one name and value of an object.
type Member struct {
	Name  string
	Value Value
	// Repeated says that an earlier member of the same object has this name.
	Repeated bool
}

// The reasons why a text is not JSON as we read it. Their words complete a
// sentence that begins with what was read, such as "the body".
var (
	ErrEmpty  = errors.New("is empty")
	ErrMark   = errors.New("begins with a byte order mark")
	ErrUTF8   = errors.New("is not valid UTF-8")
	ErrSyntax = errors.New("is not one complete JSON text")
	// ErrKind is not one of Parse, which takes what comes.
	ErrKind = errors.New("holds a value of another kind than is expected")
)

var byteOrderMark = []byte("\ufeff")

// Parse reads data as exactly one JSON text (RFC 8259) in UTF-8, without a
// byte order mark, followed by nothing but white space. A string that escapes
// half of a surrogate pair is not UTF-8 either. Nesting deeper than
// 10,000 is not read. The error is one of the Err values of this package;
// repeated names are no error here, but marked.
func Parse(data []byte) (Value, error) {
	switch {
	case bytes.HasPrefix(data, byteOrderMark):
		return Value{}, ErrMark
	case len(bytes.TrimLeft(data, " \t\r\n")) == 0:
		return Value{}, ErrEmpty
	case !utf8.Valid(data):
		return Value{}, ErrUTF8
	}
	r := NewReader(string(data))
	v := r.Value()
	if r.End() != nil {
		return Value{}, ErrSyntax
	}
	if r.noText {
		return Value{}, ErrUTF8
	}
	return v, nil
}

// Member gives the first member of that exact name.
func (v Value) Member(name string) (Value, bool) {
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value, true
		}
	}
	return Value{}, false
}

// HasRepeatedName says whether any object in v, at any depth, has two members
// of one name.
func (v Value) HasRepeatedName() bool {
	for range v.RepeatedNames() {
		return true
	}
	return false
}

// RepeatedNames are the paths to all names in v, at any depth, that their
// objects had before, in document order. A path is made of names, and of
// indexes in decimal; it is only good until the next one.
func (v Value) RepeatedNames() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		v.walk(make([]string, 0, 8), yield)
	}
}

// walk tells yield of the repeated names below path, and whether to go on.
func (v Value) walk(path []string, yield func([]string) bool) bool {
	for _, m := range v.Members {
		at := append(path, m.Name) //nolint:gocritic // the same room serves every branch
		if m.Repeated && !yield(at) || !m.Value.walk(at, yield) {
			return false
		}
	}
	for i, item := range v.Items {
		if len(item.Members)+len(item.Items) > 0 && !item.walk(append(path, strconv.Itoa(i)), yield) {
			return false
		}
	}
	return true
}
