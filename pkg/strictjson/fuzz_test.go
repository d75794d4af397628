package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"users-organizations/pkg/strictjson"
)

// FuzzParse holds Parse and Reader against encoding/json. Parse reads the same,
// and refuses of what encoding/json reads only what is not UTF-8.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		` {"a":1.0,"b":[true,null,"\u0061é"],"a":{"c":-0e9,"c":1}} `, `[]`, `{}`, `"\"\\\/\b\f\n\r\t"`, `"\ud83d\ude00"`,
		`"\ud83d"`, `-1e-400`, "[\n1 ,\t2\r]", `{"":{"":[[],{}]}}`, `"\\ud83d"`, `false`,
		`01`, `-`, `1.e1`, `1e`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `[}`, `"\x"`, `"\u12"`, `"\ud83d\u0041"`, `tru`, "nul", "\"\n\"", `{} {}`, "{}\x00",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := strictjson.NewReader(string(data))
		r.Skip()
		if err, valid := r.End(), json.Valid(data); (err == nil) != valid {
			t.Errorf("Skip went through %q with %v, encoding/json finds it valid: %v", data, err, valid)
		}
		got, err := strictjson.Parse(data)
		switch {
		case errors.Is(err, strictjson.ErrUTF8):
			if utf8.Valid(data) && !bytes.Contains(bytes.ToLower(data), []byte(`\ud`)) {
				t.Errorf("Parse(%q) = %v, though it is UTF-8 and escapes no surrogate", data, err)
			}
			return
		case err != nil:
			if json.Valid(data) {
				t.Errorf("Parse(%q) = %v, and encoding/json finds it valid", data, err)
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("Parse read %q, and encoding/json did not: %v", data, err)
		}
		want = withoutFalse(want)
		if got := plain(got); !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %#v, want %#v", data, got, want)
		}
	})
}

// plain is v as encoding/json gives it: of repeated names, the last. Which of
// true and false a Bool is, a Value does not say: both become true.
func plain(v strictjson.Value) any {
	switch v.Kind {
	case strictjson.Null:
		return nil
	case strictjson.Bool:
		return true
	case strictjson.Number:
		return json.Number(v.Text)
	case strictjson.String:
		return v.Text
	case strictjson.Array:
		items := []any{}
		for _, item := range v.Items {
			items = append(items, plain(item))
		}
		return items
	default:
		object := map[string]any{}
		for _, m := range v.Members {
			object[m.Name] = plain(m.Value)
		}
		return object
	}
}

func withoutFalse(v any) any {
	switch v := v.(type) {
	case bool:
		return true
	case []any:
		for i := range v {
			v[i] = withoutFalse(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withoutFalse(v[name])
		}
	}
	return v
}
