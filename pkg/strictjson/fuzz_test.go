package strictjson_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"users-organizations/pkg/strictjson"
)

// FuzzParse holds what Parse reads against encoding/json: whatever both accept
// is the same, and Parse accepts nothing else.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		` {"a":1.0,"b":[true,null,"\u0061é"],"a":{"c":-0e9,"c":1}} `, `[]`, `{}`, `"\"\\\/\b\f\n\r\t"`, `"\ud83d\ude00"`,
		`"\ud83d"`, `-1e-400`, "[\n1 ,\t2\r]", `{"":{"":[[],{}]}}`, `"\\ud83d"`, `false`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := strictjson.Parse(data)
		if err != nil {
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
