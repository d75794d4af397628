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
	"iter"
	"strconv"
	"strings"
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
// byte order mark, followed by nothing but white space. A string that escapes
// half of a surrogate pair is not UTF-8 either. Nesting deeper than
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
	r := reader{text: string(data)}
	v := r.value()
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

// reader walks through a text that json.Valid has found to be JSON, so it need
// not look at what cannot be there.
type reader struct {
	text string
	at   int
	// noText says that a string was met that stands for no text.
	noText bool
}

// next skips white space and gives the byte after it, without taking it.
func (r *reader) next() byte {
	for {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
}

// take skips white space and takes the byte after it if it is c.
func (r *reader) take(c byte) bool {
	if r.next() != c {
		return false
	}
	r.at++
	return true
}

func (r *reader) value() Value {
	switch r.next() {
	case '{':
		return r.object()
	case '[':
		return r.array()
	case '"':
		return Value{Kind: String, Text: r.string()}
	}
	literal := r.literal()
	switch literal {
	case "null":
		return Value{Kind: Null}
	case "true", "false":
		return Value{Kind: Bool}
	}
	return Value{Kind: Number, Text: literal}
}

// literal takes a number, true, false or null.
func (r *reader) literal() string {
	rest := r.text[r.at:]
	if end := strings.IndexAny(rest, ",]} \t\r\n"); end >= 0 {
		rest = rest[:end]
	}
	r.at += len(rest)
	return rest
}

func (r *reader) string() string {
	start := r.at
	r.at++
	escaped := false
	for r.text[r.at] != '"' {
		if r.text[r.at] == '\\' {
			escaped = true
			r.at++
		}
		r.at++
	}
	r.at++
	if !escaped {
		return r.text[start+1 : r.at-1]
	}
	quoted := r.text[start:r.at]
	var text string
	if json.Unmarshal([]byte(quoted), &text) != nil || hasLoneSurrogate(quoted) {
		r.noText = true
	}
	return text
}

// hasLoneSurrogate looks for half of a surrogate pair among the escapes of a
// string, which encoding/json replaces by U+FFFD: two different strings would
// become equal.
func hasLoneSurrogate(quoted string) bool {
	high := false
	for i := 0; i < len(quoted); {
		escape, length := rune(-1), 1
		if quoted[i] == '\\' {
			length = 2
			if quoted[i+1] == 'u' {
				length = 6
				n, _ := strconv.ParseUint(quoted[i+2:i+6], 16, 16)
				escape = rune(n)
			}
		}
		low := 0xdc00 <= escape && escape <= 0xdfff
		if low != high {
			return true
		}
		high = 0xd800 <= escape && escape <= 0xdbff
		i += length
	}
	return false
}

func (r *reader) array() Value {
	v := Value{Kind: Array}
	r.at++
	if r.take(']') {
		return v
	}
	for {
		v.Items = append(v.Items, r.value())
		if !r.take(',') {
			r.take(']')
			return v
		}
	}
}

// few is the number of members up to which looking back through them is
// cheaper than a map of their names.
const few = 16

func (r *reader) object() Value {
	v := Value{Kind: Object}
	r.at++
	if r.take('}') {
		return v
	}
	var seen map[string]bool
	for {
		r.next()
		name := r.string()
		r.take(':')
		value := r.value()
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
		if !r.take(',') {
			r.take('}')
			return v
		}
	}
}

func names(members []Member) map[string]bool {
	seen := make(map[string]bool, 2*len(members))
	for _, m := range members {
		seen[m.Name] = true
	}
	return seen
}
