// Package strictjson reads one whole JSON text. Unlike encoding/json, Parse
// replaces, drops or overwrites nothing silently.
//
// Request bodies and the parts of tokens are read by Parse alone: a check does not
// protect a reader that understands the same bytes differently.
package strictjson

import (
	"bytes"
	"encoding/json/jsontext"
	"errors"
	"io"
	"iter"
	"strconv"
	"unicode/utf8"
)

// MaxInteger is the largest integer that every reader of JSON keeps exactly
// (RFC 7493, section 2.2): it fits into a double.
const MaxInteger = 1<<53 - 1

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

// The errors of Parse. They complete a sentence that begins with the name of the
// text, such as "the body".
var (
	ErrEmpty  = errors.New("is empty")
	ErrMark   = errors.New("begins with a byte order mark")
	ErrUTF8   = errors.New("is not valid UTF-8")
	ErrSyntax = errors.New("is not one complete JSON text")
)

var byteOrderMark = []byte("\ufeff")

// Parse reads data as exactly one JSON text (RFC 8259) in UTF-8, without a
// byte order mark, with nothing but white space around it. A string that escapes
// half of a surrogate pair is not UTF-8 either. Nesting deeper than 10,000 is an
// error. Repeated names are marked, and are no error. The error is one of the Err
// values of this package.
func Parse(data []byte) (Value, error) {
	switch {
	case bytes.HasPrefix(data, byteOrderMark):
		return Value{}, ErrMark
	case len(bytes.TrimLeft(data, " \t\r\n")) == 0:
		return Value{}, ErrEmpty
	}
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true))
	v, err := read(decoder)
	if err == nil && atEnd(decoder) {
		return v, nil
	}
	// To the decoder, half of a surrogate pair is an error of syntax.
	if !utf8.Valid(data) || jsontext.Value(data).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return Value{}, ErrUTF8
	}
	return Value{}, ErrSyntax
}

func atEnd(decoder *jsontext.Decoder) bool {
	_, err := decoder.ReadToken()
	return errors.Is(err, io.EOF)
}

func read(decoder *jsontext.Decoder) (Value, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return Value{}, err
	}
	switch token.Kind() {
	case jsontext.KindBeginObject:
		return readObject(decoder)
	case jsontext.KindBeginArray:
		return readArray(decoder)
	case jsontext.KindString:
		return Value{Kind: String, Text: token.String()}, nil
	case jsontext.KindNumber:
		return Value{Kind: Number, Text: token.String()}, nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return Value{Kind: Bool}, nil
	default:
		return Value{Kind: Null}, nil
	}
}

// few is the number of members up to which searching them is cheaper than a map of
// their names.
const few = 16

func readObject(decoder *jsontext.Decoder) (Value, error) {
	v := Value{Kind: Object}
	var seen map[string]bool
	for {
		name, err := decoder.ReadToken()
		if err != nil || name.Kind() == jsontext.KindEndObject {
			return v, err
		}
		m := Member{Name: name.String()}
		if m.Value, err = read(decoder); err != nil {
			return Value{}, err
		}
		if len(v.Members) == few {
			seen = names(v.Members)
		}
		if seen == nil {
			_, m.Repeated = v.Member(m.Name)
		} else {
			m.Repeated = seen[m.Name]
			seen[m.Name] = true
		}
		v.Members = append(v.Members, m)
	}
}

func names(members []Member) map[string]bool {
	seen := make(map[string]bool, 2*len(members))
	for _, m := range members {
		seen[m.Name] = true
	}
	return seen
}

func readArray(decoder *jsontext.Decoder) (Value, error) {
	v := Value{Kind: Array}
	for decoder.PeekKind() != jsontext.KindEndArray {
		item, err := read(decoder)
		if err != nil {
			return Value{}, err
		}
		v.Items = append(v.Items, item)
	}
	_, err := decoder.ReadToken()
	return v, err
}

// Member returns the value of the first member with exactly that name.
func (v Value) Member(name string) (Value, bool) {
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value, true
		}
	}
	return Value{}, false
}

// HasRepeatedName says whether any object in v, at any depth, has two members with
// one name.
func (v Value) HasRepeatedName() bool {
	for range v.RepeatedNames() {
		return true
	}
	return false
}

// RepeatedNames returns the path to each repeated name in v, at any depth, in
// document order. A path consists of names and decimal indexes; it is valid until
// the next one.
func (v Value) RepeatedNames() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		v.walk(make([]string, 0, 8), yield)
	}
}

// walk calls yield for the repeated names in v, and says whether to continue.
func (v Value) walk(path []string, yield func([]string) bool) bool {
	for _, m := range v.Members {
		at := append(path, m.Name) //nolint:gocritic // all branches share one array
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
