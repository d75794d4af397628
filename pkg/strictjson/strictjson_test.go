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
		"nothing":                   {"", strictjson.ErrEmpty},
		"white space only":          {" \r\n\t", strictjson.ErrEmpty},
		"a byte order mark":         {"\ufeff{}", strictjson.ErrMark},
		"a UTF-16 byte order mark":  {"\xff\xfe{\x00}\x00", strictjson.ErrUTF8},
		"a byte that is not UTF-8":  {"{\"a\":\"\xff\"}", strictjson.ErrUTF8},
		"a surrogate in UTF-8":      {"\"\xed\xa0\x80\"", strictjson.ErrUTF8},
		"half a surrogate pair":     {`"\ud83d"`, strictjson.ErrUTF8},
		"the other half":            {`{"\udE00":1}`, strictjson.ErrUTF8},
		"the last first half alone": {`"\udbff"`, strictjson.ErrUTF8},
		"the halves swapped":        {`"\ude00\ud83d"`, strictjson.ErrUTF8},
		"a half and a character":    {`"\ud83d\n\ude00"`, strictjson.ErrUTF8},
		"an overlong encoding":      {"\"\xc0\xaf\"", strictjson.ErrUTF8},
		"a truncated object":        {`{"a":1`, strictjson.ErrSyntax},
		"a truncated string":        {`"a`, strictjson.ErrSyntax},
		"a second text":             {`{} {}`, strictjson.ErrSyntax},
		"a trailing comma":          {`{"a":1,}`, strictjson.ErrSyntax},
		"a trailing NUL":            {"{}\x00", strictjson.ErrSyntax},
		"a comment":                 {`{} // so`, strictjson.ErrSyntax},
		"single quotes":             {`{'a':1}`, strictjson.ErrSyntax},
		"NaN":                       {`NaN`, strictjson.ErrSyntax},
		"a leading zero":            {`01`, strictjson.ErrSyntax},
		"a plus sign":               {`+1`, strictjson.ErrSyntax},
		"a bare point":              {`1.`, strictjson.ErrSyntax},
		"hexadecimal":               {`0x1`, strictjson.ErrSyntax},
		"a raw control character":   {"\"\n\"", strictjson.ErrSyntax},
		"no-break space around":     {"\u00a0{}", strictjson.ErrSyntax},
		"nesting beyond the limit":  {strings.Repeat("[", 10001) + strings.Repeat("]", 10001), strictjson.ErrSyntax},
		"a name that is no string":  {`{1:1}`, strictjson.ErrSyntax},
		"capital literals":          {`True`, strictjson.ErrSyntax},
		"a colon that is not there": {`{"a" 1}`, strictjson.ErrSyntax},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := strictjson.Parse([]byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("Parse(%.40q) = %v, want %v", c.text, err, c.want)
			}
		})
	}
}

func TestParseKeepsEverything(t *testing.T) {
	t.Parallel()
	v, err := strictjson.Parse([]byte(` {"a":1.0,"b":[true,null,"\u0061é"],"a":{"c":-0e9,"c":1}} `))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{a:1.0 b:[bool null "aé"] a!:{c:-0e9 c!:1}}`
	if got := show(v); got != want {
		t.Errorf("got %s, want %s", got, want)
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
		"none":                          {`{"a":{"b":1},"b":[{"a":1},{"a":1}]}`, ""},
		"at the top":                    {`{"a":1,"b":2,"a":3}`, "a"},
		"in an object in an array":      {`{"a":[0,{"x":1,"x":1}]}`, "a 1 x"},
		"written with an escape":        {`{"a":1,"\u0061":2}`, "a"},
		"the empty name":                {`{"":1,"":1}`, "<empty>"},
		"case makes another name":       {`{"a":1,"A":1}`, ""},
		"among many":                    {many("n3"), "n3"},
		"the last before many are many": {many("n99"), "n99"},
		"none among many":               {many("n100"), ""},
		"in an array in an array":       {`[[{"a":1,"a":1}]]`, "0 0 a"},
		"all of several":                {`[{"a":{"y":1,"y":1,"y":{"z":0,"z":0}},"a":1},{"b":0,"b":0}]`, "0 a y, 0 a y, 0 a y z, 0 a, 1 b"},
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

// show writes v so that nothing of what was read stays hidden; "!" marks a
// repeated name.
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
