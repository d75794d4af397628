package strictjson_test

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"

	"users-organizations/pkg/strictjson"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                     {"", strictjson.ErrEmpty},
		"white space only":            {" \r\n\t", strictjson.ErrEmpty},
		"a byte order mark":           {"\ufeff{}", strictjson.ErrMark},
		"a UTF-16 byte order mark":    {"\xff\xfe{\x00}\x00", strictjson.ErrUTF8},
		"a byte that is not UTF-8":    {"{\"a\":\"\xff\"}", strictjson.ErrUTF8},
		"a surrogate in UTF-8":        {"\"\xed\xa0\x80\"", strictjson.ErrUTF8},
		"half a surrogate pair":       {`"\ud83d"`, strictjson.ErrUTF8},
		"the other half":              {`{"\udE00":1}`, strictjson.ErrUTF8},
		"the last first half alone":   {`"\udbff"`, strictjson.ErrUTF8},
		"the halves swapped":          {`"\ude00\ud83d"`, strictjson.ErrUTF8},
		"a half and a character":      {`"\ud83d\n\ude00"`, strictjson.ErrUTF8},
		"an overlong encoding":        {"\"\xc0\xaf\"", strictjson.ErrUTF8},
		"a truncated object":          {`{"a":1`, strictjson.ErrSyntax},
		"a truncated string":          {`"a`, strictjson.ErrSyntax},
		"a second text":               {`{} {}`, strictjson.ErrSyntax},
		"a trailing comma":            {`{"a":1,}`, strictjson.ErrSyntax},
		"a trailing NUL":              {"{}\x00", strictjson.ErrSyntax},
		"a comment":                   {`{} // so`, strictjson.ErrSyntax},
		"single quotes":               {`{'a':1}`, strictjson.ErrSyntax},
		"NaN":                         {`NaN`, strictjson.ErrSyntax},
		"a leading zero":              {`01`, strictjson.ErrSyntax},
		"a plus sign":                 {`+1`, strictjson.ErrSyntax},
		"a bare point":                {`1.`, strictjson.ErrSyntax},
		"hexadecimal":                 {`0x1`, strictjson.ErrSyntax},
		"a raw control character":     {"\"\n\"", strictjson.ErrSyntax},
		"the last control character":  {"\"\x1f\"", strictjson.ErrSyntax},
		"no-break space around":       {"\u00a0{}", strictjson.ErrSyntax},
		"arrays beyond the limit":     {nested("[", "]", 10_001), strictjson.ErrSyntax},
		"objects beyond the limit":    {nested(`{"":`, "}", 10_001), strictjson.ErrSyntax},
		"a name that is a number":     {`{1:1}`, strictjson.ErrSyntax},
		"capital literals":            {`True`, strictjson.ErrSyntax},
		"a missing colon":             {`{"a" 1}`, strictjson.ErrSyntax},
		"a colon for a comma":         {`["a":1]`, strictjson.ErrSyntax},
		"a comma for a colon":         {`{"a",1}`, strictjson.ErrSyntax},
		"a missing comma":             {`["a""b"]`, strictjson.ErrSyntax},
		"a comma at the beginning":    {`[,1]`, strictjson.ErrSyntax},
		"a comma alone":               {`{,}`, strictjson.ErrSyntax},
		"two commas":                  {`[1,,2]`, strictjson.ErrSyntax},
		"the other bracket":           {`{"a":["s"}}`, strictjson.ErrSyntax},
		"one bracket too many":        {`[]]`, strictjson.ErrSyntax},
		"a closing bracket alone":     {`]`, strictjson.ErrSyntax},
		"a name without a value":      {`{"a":}`, strictjson.ErrSyntax},
		"a name at the end":           {`{"a":`, strictjson.ErrSyntax},
		"a word cut short":            {`[tru]`, strictjson.ErrSyntax},
		"a word with more":            {`truest`, strictjson.ErrSyntax},
		"null cut short":              {`nul`, strictjson.ErrSyntax},
		"an unknown escape":           {`"\x41"`, strictjson.ErrSyntax},
		"an escape cut short":         {`"\u00e"`, strictjson.ErrSyntax},
		"an escape at the end":        {`"\`, strictjson.ErrSyntax},
		"a second escape cut short":   {`"\ud83d\ude"`, strictjson.ErrSyntax},
		"a sign in an escape":         {`"\u+041"`, strictjson.ErrSyntax},
		"a minus alone":               {`-`, strictjson.ErrSyntax},
		"an exponent without a digit": {`1e+`, strictjson.ErrSyntax},
		"an error deep inside":        {`{"a":[{"b":01}]}`, strictjson.ErrSyntax},
		"half a pair before an error": {`["\ud83d",]`, strictjson.ErrSyntax},
		"half a pair, names repeated": {`{"a":"\ud83d","a":1}`, strictjson.ErrUTF8},
		"bad UTF-8 after an error":    {"[,\xff", strictjson.ErrUTF8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := strictjson.Parse([]byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("Parse(%.40q) = %v, want %v", c.text, err, c.want)
			}
		})
	}
}

// nested returns depth arrays or objects, each in the one before.
func nested(opening, closing string, depth int) string {
	return strings.Repeat(opening, depth-1) + opening[:1] + strings.Repeat(closing, depth)
}

func TestParseKeepsEverything(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"every kind":            {` {"a":1.0,"b":[true,null,"\u0061é"],"a":{"c":-0e9,"c":1}} `, `{a:1.0 b:[bool null "aé"] a!:{c:-0e9 c!:1}}`},
		"nothing in brackets":   {"[{}, [ ],\r\n\t{ }]", `[{} [] {}]`},
		"a number alone":        {`-12.50E+03`, `-12.50E+03`},
		"false":                 {`false`, `bool`},
		"an escaped name":       {`{"n\u0061me":""}`, `{name:""}`},
		"escapes":               {`"\"\\\/\b\f\n\r\t\u00e9\u001fé"`, "\"\"\\/\b\f\n\r\té\x1fé\""},
		"surrogate pairs":       {`"\ud83d\ude00\uDBFF\uDFFF"`, "\"😀\U0010ffff\""},
		"an escape of U+FFFD":   {`"\ufffd"`, "\"\ufffd\""},
		"U+FFFD":                {"\"\ufffd\"", "\"\ufffd\""},
		"an escaped backslash":  {`"\\ud83d"`, `"\ud83d"`},
		"no control characters": {"\" \x7f\u0080\"", "\" \x7f\u0080\""},
		"NUL":                   {`"\u0000"`, "\"\x00\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := strictjson.Parse([]byte(c.text))
			if got := show(v); got != c.want || err != nil {
				t.Errorf("Parse(%q) = %s, %v, want %s", c.text, got, err, c.want)
			}
		})
	}
}

// TestParseNests checks that the limit counts depth, and not the arrays and objects
// that were closed.
func TestParseNests(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"arrays at the limit":     nested("[", "]", 10_000),
		"objects at the limit":    nested(`{"":`, "}", 10_000),
		"more arrays that close":  "[[]" + strings.Repeat(",[]", 10_001) + "]",
		"more objects that close": "[{}" + strings.Repeat(`,{"":{}}`, 10_001) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := strictjson.Parse([]byte(text)); err != nil {
				t.Errorf("Parse(%.20q…) = %v", text, err)
			}
		})
	}
}

func TestRepeatedNames(t *testing.T) {
	t.Parallel()
	many := func(last string) string {
		var members []string
		for i := range 100 {
			members = append(members, fmt.Sprintf(`"n%d":0`, i))
		}
		return "{" + strings.Join(members, ",") + `,"` + last + `":0}`
	}
	for name, c := range map[string]struct{ text, want string }{
		"none":                        {`{"a":{"b":1},"b":[{"a":1},{"a":1}]}`, ""},
		"at the top":                  {`{"a":1,"b":2,"a":3}`, "a"},
		"in an object in an array":    {`{"a":[0,{"x":1,"x":1}]}`, "a 1 x"},
		"written with an escape":      {`{"a":1,"\u0061":2}`, "a"},
		"the empty name":              {`{"":1,"":1}`, "<empty>"},
		"case makes another name":     {`{"a":1,"A":1}`, ""},
		"among many":                  {many("n3"), "n3"},
		"among many, the last":        {many("n99"), "n99"},
		"none among many":             {many("n100"), ""},
		"in an array in an array":     {`[[{"a":1,"a":1}]]`, "0 0 a"},
		"in an array, then beside it": {`{"x":[{"b":1,"b":2}],"y":{"c":1,"c":2}}`, "x 0 b, y c"},
		"all of several":              {`[{"a":{"y":1,"y":1,"y":{"z":0,"z":0}},"a":1},{"b":0,"b":0}]`, "0 a y, 0 a y, 0 a y z, 0 a, 1 b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := strictjson.Parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for path := range v.RepeatedNames() {
				paths = append(paths, cmp.Or(strings.Join(path, " "), "<empty>"))
			}
			if got := strings.Join(paths, ", "); got != c.want || v.HasRepeatedName() != (c.want != "") {
				t.Errorf("RepeatedNames() = %q, %v, want %q", got, v.HasRepeatedName(), c.want)
			}
			for stop := range paths {
				seen := 0
				for range v.RepeatedNames() {
					if seen++; seen > stop {
						break
					}
				}
				if seen != stop+1 {
					t.Errorf("after a break at %d, RepeatedNames yielded %d", stop+1, seen)
				}
			}
		})
	}
}

func TestMemberIsTheFirstOfItsExactName(t *testing.T) {
	t.Parallel()
	v, err := strictjson.Parse([]byte(`{"A":1,"a":2,"a":3}`))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := v.Member("a"); !ok || m.Text != "2" {
		t.Errorf(`Member("a") = %q, %v, want "2"`, m.Text, ok)
	}
	if _, ok := v.Member("b"); ok {
		t.Error(`Member("b") is there`)
	}
}

// show writes all that v has; "!" marks a repeated name.
func show(v strictjson.Value) string {
	var parts []string
	switch v.Kind {
	case strictjson.Null:
		return "null"
	case strictjson.Bool:
		return "bool"
	case strictjson.Number:
		return v.Text
	case strictjson.String:
		return `"` + v.Text + `"`
	case strictjson.Array:
		for _, item := range v.Items {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, " ") + "]"
	default:
		for _, m := range v.Members {
			mark := ""
			if m.Repeated {
				mark = "!"
			}
			parts = append(parts, m.Name+mark+":"+show(m.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
}
