package strictjson_test

import (
	"errors"
	"reflect"
	"testing"

	"users-organizations/pkg/strictjson"
)

// FuzzParse compares the values and errors of Parse with those of the oracle.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		` {"a":1.0,"b":[true,null,"\u0061é"],"a":{"c":-0e9,"c":1}} `, `[]`, `{}`, `"\"\\\/\b\f\n\r\t"`, `"\ud83d\ude00"`,
		`"\ud83d"`, `-1e-400`, "[\n1 ,\t2\r]", `{"":{"":[[],{}]}}`, `"\\ud83d"`, `false`,
		`01`, `-`, `1.e1`, `1e`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `[}`, `"\x"`, `"\u12"`, `"\ud83d\u0041"`, `tru`, "nul", "\"\n\"", `{} {}`, "{}\x00",
		"\ufeff{}", "\"\xff\"", "\"\x1f\x7f\"", `["\ud83d",]`, `"\ud83d\ud83d\ude00"`, `"\ud83d\u12"`, "[\xff", " \r\n", `{"a":1:2}`, `[1:2]`, `{,}`, `[,1]`,
		`{"a":0,"b":1,"c":2,"d":3,"e":4,"f":5,"g":6,"h":7,"i":8,"j":9,"k":10,"l":11,"m":12,"n":13,"o":14,"p":15,"q":16,"a":17}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := strictjson.Parse(data)
		want, wantErr := oracleParse(data)
		if !errors.Is(err, wantErr) || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v, %v, want %+v, %v", data, got, err, want, wantErr)
		}
	})
}
