package strictjson_test

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"users-organizations/pkg/strictjson"
)

// oracleParse is Parse with another tokenizer. It has its own, because Parse uses the
// one that all decoders of the standard library share.
func oracleParse(data []byte) (strictjson.Value, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\ufeff")):
		return strictjson.Value{}, strictjson.ErrMark
	case len(bytes.TrimLeft(data, " \t\r\n")) == 0:
		return strictjson.Value{}, strictjson.ErrEmpty
	case !utf8.Valid(data):
		return strictjson.Value{}, strictjson.ErrUTF8
	}
	o := &oracle{text: string(data)}
	v := o.value()
	if o.next(); o.failed || o.at < len(o.text) {
		return strictjson.Value{}, strictjson.ErrSyntax
	}
	if o.halfPair {
		return strictjson.Value{}, strictjson.ErrUTF8
	}
	return v, nil
}

// oracle reads a text from its beginning to its end.
type oracle struct {
	text  string
	at    int
	depth int
	// failed is true after the first error, when the rest of text is skipped.
	failed bool
	// halfPair says that a string escapes half of a surrogate pair.
	halfPair bool
}

func (o *oracle) value() strictjson.Value {
	switch o.next() {
	case '{':
		return o.object()
	case '[':
		v := strictjson.Value{Kind: strictjson.Array}
		for more := o.open(']'); more; more = o.another(']') {
			v.Items = append(v.Items, o.value())
		}
		return v
	case '"':
		return strictjson.Value{Kind: strictjson.String, Text: o.quoted()}
	case 't':
		o.word("true")
		return strictjson.Value{Kind: strictjson.Bool}
	case 'f':
		o.word("false")
		return strictjson.Value{Kind: strictjson.Bool}
	case 'n':
		o.word("null")
		return strictjson.Value{Kind: strictjson.Null}
	default:
		return strictjson.Value{Kind: strictjson.Number, Text: o.number()}
	}
}

func (o *oracle) object() strictjson.Value {
	v := strictjson.Value{Kind: strictjson.Object}
	seen := map[string]bool{}
	for more := o.open('}'); more; more = o.another('}') {
		o.next()
		name := o.quoted()
		o.expect(':')
		v.Members = append(v.Members, strictjson.Member{Name: name, Value: o.value(), Repeated: seen[name]})
		seen[name] = true
	}
	return v
}

func (o *oracle) fail() {
	o.failed = true
	o.at = len(o.text)
}

// peek is the next byte, or 0 at the end of the text.
func (o *oracle) peek() byte {
	if o.at >= len(o.text) {
		return 0
	}
	return o.text[o.at]
}

// next skips white space, and returns the byte after it without taking it.
func (o *oracle) next() byte {
	for {
		switch c := o.peek(); c {
		case ' ', '\t', '\r', '\n':
			o.at++
		default:
			return c
		}
	}
}

func (o *oracle) expect(c byte) {
	if o.next() != c {
		o.fail()
		return
	}
	o.at++
}

// open takes the opening bracket, and says whether an element follows.
func (o *oracle) open(closing byte) bool {
	o.at++
	o.depth++
	if o.depth > 10_000 {
		o.fail()
	}
	return !o.failed && !o.closed(closing)
}

// closed takes the closing bracket if it comes next.
func (o *oracle) closed(closing byte) bool {
	if o.next() != closing {
		return false
	}
	o.at++
	o.depth--
	return true
}

// another takes a comma or the closing bracket, and says whether an element follows.
func (o *oracle) another(closing byte) bool {
	if o.closed(closing) {
		return false
	}
	o.expect(',')
	return !o.failed
}

// quoted takes a string, and returns its text.
func (o *oracle) quoted() string {
	if o.peek() != '"' {
		o.fail()
		return ""
	}
	o.at++
	text := []byte(o.run())
	for o.peek() == '\\' {
		o.at++
		text = utf8.AppendRune(text, o.escape())
		text = append(text, o.run()...)
	}
	if o.peek() != '"' {
		o.fail()
		return ""
	}
	o.at++
	return string(text)
}

// run takes the characters up to a quote, an escape or a control character.
func (o *oracle) run() string {
	start := o.at
	for o.at < len(o.text) && o.text[o.at] >= ' ' && o.text[o.at] != '"' && o.text[o.at] != '\\' {
		o.at++
	}
	return o.text[start:o.at]
}

func (o *oracle) escape() rune {
	c := o.peek()
	o.at++
	switch c {
	case '"', '\\', '/':
		return rune(c)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		return o.unicode()
	}
	o.fail()
	return utf8.RuneError
}

// unicode takes the digits of an escape, and the escape after it if both are one
// character.
func (o *oracle) unicode() rune {
	first := o.digits16()
	if !utf16.IsSurrogate(first) {
		return first
	}
	between := o.at
	if strings.HasPrefix(o.text[o.at:], `\u`) {
		o.at += len(`\u`)
		if c := utf16.DecodeRune(first, o.digits16()); c != utf8.RuneError {
			return c
		}
	}
	if !o.failed {
		o.at = between
	}
	o.halfPair = true
	return utf8.RuneError
}

func (o *oracle) digits16() rune {
	digits := o.text[o.at:min(o.at+4, len(o.text))]
	n, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || len(digits) < 4 {
		o.fail()
		return 0
	}
	o.at += 4
	return rune(n)
}

func (o *oracle) word(w string) {
	if !strings.HasPrefix(o.text[o.at:], w) {
		o.fail()
		return
	}
	o.at += len(w)
}

func (o *oracle) number() string {
	start := o.at
	o.accept("-")
	if !o.accept("0") {
		o.digits()
	}
	if o.accept(".") {
		o.digits()
	}
	if o.accept("eE") {
		o.accept("+-")
		o.digits()
	}
	return o.text[start:o.at]
}

// accept takes the next byte if it is one of these.
func (o *oracle) accept(these string) bool {
	if o.at >= len(o.text) || strings.IndexByte(these, o.text[o.at]) < 0 {
		return false
	}
	o.at++
	return true
}

func (o *oracle) digits() {
	start := o.at
	for o.accept("0123456789") {
	}
	if o.at == start {
		o.fail()
	}
}
