// Package strictjson reads one JSON text without the kindness of
// encoding/json: nothing in it is replaced, dropped or overwritten silently.
//
// Two readers that understand the same bytes differently are how a check and
// the thing it guards come apart, so request bodies and token parts are both
// read through Parse.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
)

var byteOrderMark = []byte("\ufeff")

// Parse reads data as exactly one JSON text (RFC 8259) in UTF-8, without a
// byte order mark, followed by nothing but white space. Nesting deeper than
// encoding/json's limit of 10,000 is not read. The error is one of the Err
// values of this package; repeated names are no error here, but marked.
func Parse(data []byte) (Value, error) {
	switch {
	case bytes.HasPrefix(data, byteOrderMark):
		return Value{}, ErrMark
	case len(bytes.TrimLeft(data, " \t\r\n")) == 0:
		return Value{}, ErrEmpty
	case !utf8.Valid(data):
		return Value{}, ErrUTF8
	case !json.Valid(data):
		return Value{}, ErrSyntax
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := read(dec)
	if err != nil {
		return Value{}, fmt.Errorf("%w: %w", ErrSyntax, err)
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
	_, found := v.RepeatedName()
	return found
}

// RepeatedName finds the first name in v, at any depth, that its object had
// before. The path leads there: names, and indexes in decimal.
func (v Value) RepeatedName() (path []string, found bool) {
	path, found = v.climb()
	slices.Reverse(path)
	return path, found
}

// climb builds the path backwards, on the way up, so that a deep nesting is
// walked in linear time.
func (v Value) climb() (path []string, found bool) {
	for _, m := range v.Members {
		if m.Repeated {
			return []string{m.Name}, true
		}
		if path, found = m.Value.climb(); found {
			return append(path, m.Name), true
		}
	}
	for i, item := range v.Items {
		if path, found = item.climb(); found {
			return append(path, strconv.Itoa(i)), true
		}
	}
	return nil, false
}

func read(dec *json.Decoder) (Value, error) {
	t, err := dec.Token()
	if err != nil {
		return Value{}, err
	}
	switch t := t.(type) {
	case bool:
		return Value{Kind: Bool}, nil
	case json.Number:
		return Value{Kind: Number, Text: t.String()}, nil
	case string:
		return Value{Kind: String, Text: t}, nil
	case json.Delim:
		if t == '[' {
			return readArray(dec)
		}
		return readObject(dec)
	default:
		return Value{Kind: Null}, nil
	}
}

func readArray(dec *json.Decoder) (Value, error) {
	v := Value{Kind: Array}
	for dec.More() {
		item, err := read(dec)
		if err != nil {
			return Value{}, err
		}
		v.Items = append(v.Items, item)
	}
	_, err := dec.Token()
	return v, err
}

// few is the number of members up to which looking back through them is
// cheaper than a map of their names.
const few = 16

func readObject(dec *json.Decoder) (Value, error) {
	v := Value{Kind: Object}
	var seen map[string]bool
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return Value{}, err
		}
		name, _ := t.(string)
		value, err := read(dec)
		if err != nil {
			return Value{}, err
		}
		if len(v.Members) == few {
			seen = names(v.Members)
		}
		repeated := seen[name]
		if seen == nil {
			_, repeated = v.Member(name)
		} else {
			seen[name] = true
		}
		v.Members = append(v.Members, Member{Name: name, Value: value, Repeated: repeated})
	}
	_, err := dec.Token()
	return v, err
}

func names(members []Member) map[string]bool {
	seen := make(map[string]bool, 2*len(members))
	for _, m := range members {
		seen[m.Name] = true
	}
	return seen
}
