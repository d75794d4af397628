package strictjson

import (
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may lie in one another, which is
// encoding/json's limit.
const maxDepth = 10_000

// Reader reads a JSON text (RFC 8259) from its beginning to its end, for who
// knows what should be there and needs some of it, in a fraction of the time
// that encoding/json takes for the same fields. Whoever uses it takes each value
// by one call, in the order in which they stand. What is not there, is null, or
// comes after a fault, is read as nothing; End says whether there was a fault.
type Reader struct {
	text  string
	at    int
	depth int
	err   error
	// noText says that a string was met that stands for no text.
	noText bool
}

// NewReader makes a reader of text.
func NewReader(text string) *Reader { return &Reader{text: text} }

// End says, once the one value of the text was taken, what was wrong with it, if
// anything: ErrSyntax, or ErrKind.
func (r *Reader) End() error {
	if r.next(); r.at < len(r.text) {
		r.fail(ErrSyntax)
	}
	return r.err
}

// Members goes through the names of an object. A value that is not taken before
// the next name is a fault, and so is a loop that is left early.
func (r *Reader) Members() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !r.open('{') {
			return
		}
		for more := !r.closed('}'); more; more = r.another('}') {
			name := r.quoted()
			r.expect(':')
			value := r.ahead()
			if r.err != nil || !yield(name) || r.at == value {
				r.fail(ErrSyntax)
				return
			}
		}
	}
}

// Items goes through the indexes of an array. A value that is not taken before
// the next index is a fault, and so is a loop that is left early.
func (r *Reader) Items() iter.Seq[int] {
	return func(yield func(int) bool) {
		if !r.open('[') {
			return
		}
		n := 0
		for more := !r.closed(']'); more; more = r.another(']') {
			value := r.ahead()
			if !yield(n) || r.at == value {
				r.fail(ErrSyntax)
				return
			}
			n++
		}
	}
}

// Text takes a string. Half of a surrogate pair in it becomes U+FFFD; bytes that
// are not UTF-8 stay as they are.
func (r *Reader) Text() string {
	if !r.holds('"') {
		return ""
	}
	return r.quoted()
}

// Bool takes true or false.
func (r *Reader) Bool() bool {
	switch r.next() {
	case 't':
		r.word("true")
		return r.err == nil
	case 'f':
		r.word("false")
	default:
		r.holds('t')
	}
	return false
}

// Texts takes an object of strings. Of a name that is repeated, the last holds.
func (r *Reader) Texts() map[string]string {
	texts := map[string]string{}
	for name := range r.Members() {
		texts[name] = r.Text()
	}
	return texts
}

// Null takes a null, if one comes next, and says so.
func (r *Reader) Null() bool {
	if r.next() != 'n' {
		return false
	}
	r.word("null")
	return true
}

// Skip takes a value of any kind.
func (r *Reader) Skip() {
	switch r.next() {
	case '{':
		for range r.Members() {
			r.Skip()
		}
	case '[':
		for range r.Items() {
			r.Skip()
		}
	case '"':
		_ = r.quoted()
	default:
		_ = r.literal()
	}
}

// Value takes a value of any kind, whole.
func (r *Reader) Value() Value {
	switch r.next() {
	case '{':
		return r.object()
	case '[':
		v := Value{Kind: Array}
		for range r.Items() {
			v.Items = append(v.Items, r.Value())
		}
		return v
	case '"':
		return Value{Kind: String, Text: r.quoted()}
	}
	switch literal := r.literal(); literal {
	case "": // after a fault
		return Value{}
	case "null":
		return Value{Kind: Null}
	case "true", "false":
		return Value{Kind: Bool}
	default:
		return Value{Kind: Number, Text: literal}
	}
}

// few is the number of members up to which looking back through them is
// cheaper than a map of their names.
const few = 16

func (r *Reader) object() Value {
	v := Value{Kind: Object}
	var seen map[string]bool
	for name := range r.Members() {
		value := r.Value()
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
	return v
}

func names(members []Member) map[string]bool {
	seen := make(map[string]bool, 2*len(members))
	for _, m := range members {
		seen[m.Name] = true
	}
	return seen
}

// fail remembers the first fault, and leaves nothing to read after it.
func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.at = len(r.text)
}

// peek is the next byte, or 0 at the end of the text.
func (r *Reader) peek() byte {
	if r.at >= len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// next skips white space, and gives the byte after it without taking it.
func (r *Reader) next() byte {
	for {
		switch c := r.peek(); c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
}

// ahead skips white space, and gives the place of what follows.
func (r *Reader) ahead() int {
	r.next()
	return r.at
}

func (r *Reader) expect(c byte) {
	if r.next() != c {
		r.fail(ErrSyntax)
		return
	}
	r.at++
}

// holds says whether a value that begins with c comes next. It takes any other.
func (r *Reader) holds(c byte) bool {
	if r.next() == c {
		return true
	}
	if !r.Null() {
		r.Skip()
		r.fail(ErrKind)
	}
	return false
}

func (r *Reader) open(bracket byte) bool {
	if !r.holds(bracket) {
		return false
	}
	r.at++
	r.depth++
	if r.depth > maxDepth {
		r.fail(ErrSyntax)
	}
	return r.err == nil
}

// closed takes the bracket if it comes next.
func (r *Reader) closed(bracket byte) bool {
	if r.next() != bracket {
		return false
	}
	r.at++
	r.depth--
	return true
}

// another takes what stands between two elements, or after the last one.
func (r *Reader) another(bracket byte) bool {
	if r.closed(bracket) {
		return false
	}
	r.expect(',')
	return r.err == nil
}

// quoted takes a string, and gives its text.
func (r *Reader) quoted() string {
	r.expect('"')
	text := r.run()
	if r.peek() == '\\' {
		text = string(r.escapes([]byte(text)))
	}
	if r.peek() != '"' {
		r.fail(ErrSyntax)
		return ""
	}
	r.at++
	return text
}

// run takes the characters up to a quote, an escape, or what may not stand in a
// string.
func (r *Reader) run() string {
	start := r.at
	for r.at < len(r.text) && r.text[r.at] >= ' ' && r.text[r.at] != '"' && r.text[r.at] != '\\' {
		r.at++
	}
	return r.text[start:r.at]
}

// escapes takes the rest of a string that holds escapes, and adds it to text.
func (r *Reader) escapes(text []byte) []byte {
	for r.peek() == '\\' {
		r.at++
		text = utf8.AppendRune(text, r.escape())
		text = append(text, r.run()...)
	}
	return text
}

func (r *Reader) escape() rune {
	c := r.peek()
	r.at++
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
		return r.unicode()
	}
	r.fail(ErrSyntax)
	return utf8.RuneError
}

// unicode takes the digits of an escape, and the escape after it where both are
// one character. Half of a surrogate pair is no character: read as another
// one, it would make two different strings equal.
func (r *Reader) unicode() rune {
	first := r.digits16()
	if !utf16.IsSurrogate(first) {
		return first
	}
	between := r.at
	if strings.HasPrefix(r.text[r.at:], `\u`) {
		r.at += len(`\u`)
		if c := utf16.DecodeRune(first, r.digits16()); c != utf8.RuneError {
			return c
		}
	}
	if r.err == nil {
		r.at = between
	}
	r.noText = true
	return utf8.RuneError
}

func (r *Reader) digits16() rune {
	digits := r.text[r.at:min(r.at+4, len(r.text))]
	n, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || len(digits) < 4 {
		r.fail(ErrSyntax)
		return 0
	}
	r.at += 4
	return rune(n)
}

// literal takes a number, true, false or null.
func (r *Reader) literal() string {
	start := r.at
	switch r.next() {
	case 't':
		r.word("true")
	case 'f':
		r.word("false")
	case 'n':
		r.word("null")
	default:
		r.number()
	}
	if r.err != nil {
		return ""
	}
	return r.text[start:r.at]
}

func (r *Reader) word(w string) {
	if !strings.HasPrefix(r.text[r.at:], w) {
		r.fail(ErrSyntax)
		return
	}
	r.at += len(w)
}

func (r *Reader) number() {
	r.either("-")
	if !r.either("0") {
		r.digits()
	}
	if r.either(".") {
		r.digits()
	}
	if r.either("eE") {
		r.either("+-")
		r.digits()
	}
}

// either takes the next byte if it is one of these.
func (r *Reader) either(these string) bool {
	if r.at >= len(r.text) || strings.IndexByte(these, r.text[r.at]) < 0 {
		return false
	}
	r.at++
	return true
}

func (r *Reader) digits() {
	start := r.at
	for r.either("0123456789") {
	}
	if r.at == start {
		r.fail(ErrSyntax)
	}
}
