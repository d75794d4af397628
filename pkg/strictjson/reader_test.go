package strictjson_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"users-organizations/pkg/strictjson"
)

// parcel is what a reader takes from a text in these tests.
type parcel struct {
	name   string
	ready  bool
	labels map[string]string
	sizes  []string
}

func take(text string) (parcel, error) {
	var p parcel
	r := strictjson.NewReader(text)
	for name := range r.Members() {
		switch name {
		case "name":
			p.name = r.Text()
		case "ready":
			p.ready = r.Bool()
		case "labels":
			p.labels = r.Texts()
		case "sizes":
			for range r.Items() {
				p.sizes = append(p.sizes, r.Text())
			}
		default:
			r.Skip()
		}
	}
	return p, r.End()
}

func TestReaderTakesWhatItKnows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"everything": {
			` {"name" : "a" ,"ready":true,"labels":{"x":"1","y":""},"sizes":["s","m"]} `, `{a true map[x:1 y:] [s m]}`,
		},
		"nothing":              {`{}`, `{ false map[] []}`},
		"null":                 {`null`, `{ false map[] []}`},
		"nulls":                {`{"name":null,"ready":null,"labels":null,"sizes":null}`, `{ false map[] []}`},
		"null among the texts": {`{"labels":{"x":null},"sizes":[null,"m"]}`, `{ false map[x:] [ m]}`},
		"empty ones":           {`{"name":"","ready":false,"labels":{},"sizes":[]}`, `{ false map[] []}`},
		"others between": {
			`{"a":[1,-2.5e+3,{"b":[]}],"name":"n","c":{"name":"no","d":null},"e":false,"f":"\"}","ready":true}`, `{n true map[] []}`,
		},
		"another case":            {`{"Name":"no"}`, `{ false map[] []}`},
		"a repeated name":         {`{"name":"a","name":"b"}`, `{b false map[] []}`},
		"escapes":                 {`{"n\u0061me":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é"}`, "{\"\\/\b\f\n\r\té😀é false map[] []}"},
		"the last surrogate pair": {`{"name":"\udbff\udfff"}`, "{\U0010ffff false map[] []}"},
		"half a surrogate pair":   {`{"name":"\ud83dx\ude00"}`, "{\ufffdx\ufffd false map[] []}"},
		"two halves of one kind":  {`{"name":"\ud83d\ud83d\ude00"}`, "{\ufffd😀 false map[] []}"},
		"a half and a character":  {`{"name":"\ud83d\u0041"}`, "{\ufffdA false map[] []}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := take(c.text)
			if got := fmt.Sprint(p); got != c.want || err != nil {
				t.Errorf("took %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestReaderTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                     {"", strictjson.ErrSyntax},
		"an array":                    {`[]`, strictjson.ErrKind},
		"a string":                    {`"a"`, strictjson.ErrKind},
		"a number for a text":         {`{"name":1}`, strictjson.ErrKind},
		"an object for a text":        {`{"name":{}}`, strictjson.ErrKind},
		"a text for a bool":           {`{"ready":"true"}`, strictjson.ErrKind},
		"an array for texts":          {`{"labels":[]}`, strictjson.ErrKind},
		"a number among texts":        {`{"labels":{"x":1}}`, strictjson.ErrKind},
		"a text for an array":         {`{"sizes":"s"}`, strictjson.ErrKind},
		"a number in an array":        {`{"sizes":["s",1]}`, strictjson.ErrKind},
		"a fault before another kind": {`{"a" "b","name":1}`, strictjson.ErrSyntax},
		"a word cut short":            {`{"ready":tru}`, strictjson.ErrSyntax},
		"a word with more":            {`{"ready":truest}`, strictjson.ErrSyntax},
		"null cut short":              {`{"name":nul}`, strictjson.ErrSyntax},
		"no value":                    {`{"name":}`, strictjson.ErrSyntax},
		"no value at the end":         {`{"name":`, strictjson.ErrSyntax},
		"no comma":                    {`{"name":"a""ready":true}`, strictjson.ErrSyntax},
		"a comma too many":            {`{"sizes":["s",]}`, strictjson.ErrSyntax},
		"a comma at the beginning":    {`{"sizes":[,"s"]}`, strictjson.ErrSyntax},
		"the wrong bracket":           {`{"sizes":["s"}}`, strictjson.ErrSyntax},
		"an unknown escape":           {`{"name":"\x41"}`, strictjson.ErrSyntax},
		"an escape cut short":         {`{"name":"\u00e"}`, strictjson.ErrSyntax},
		"an escape at the end":        {`{"name":"\`, strictjson.ErrSyntax},
		"a second escape cut short":   {`{"name":"\ud83d\ude"}`, strictjson.ErrSyntax},
		"a sign in an escape":         {`{"name":"\u+041"}`, strictjson.ErrSyntax},
		"more after the end":          {`{} x`, strictjson.ErrSyntax},
		"a NUL after the end":         {"{}\x00", strictjson.ErrSyntax},
		"deeper than the limit":       {`{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}", strictjson.ErrSyntax},
		"a fault in what is skipped":  {`{"a":[01]}`, strictjson.ErrSyntax},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := take(c.text); !errors.Is(err, c.want) {
				t.Errorf("End() = %v, want %v", err, c.want)
			}
		})
	}
	if _, err := take(`{"a":` + strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999) + "}"); err != nil {
		t.Errorf("at the limit: End() = %v", err)
	}
}

// TestReaderTellsOfMisuse has what its user must not do: it is a fault, rather
// than read as something else.
func TestReaderTellsOfMisuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		use  func(*strictjson.Reader)
	}{
		"a value that is not taken":   {`{"a":1,"b":2}`, func(r *strictjson.Reader) { each(r.Members(), func() {}) }},
		"an item that is not taken":   {`[1,2]`, func(r *strictjson.Reader) { each(r.Items(), func() {}) }},
		"values that are not there":   {`{"a":,"b":}`, func(r *strictjson.Reader) { each(r.Members(), func() {}) }},
		"items that are not there":    {`[ , ,]`, func(r *strictjson.Reader) { each(r.Items(), func() { r.Null() }) }},
		"an object that is left":      {`{"a":{"x":1,"b":2}`, func(r *strictjson.Reader) { each(r.Members(), func() { leave(r, r.Members()) }) }},
		"an array that is left":       {`[[1,2]`, func(r *strictjson.Reader) { each(r.Items(), func() { leave(r, r.Items()) }) }},
		"an array that is left whole": {`[1,2]`, func(r *strictjson.Reader) { leave(r, r.Items()) }},
		"nothing that is taken":       {``, func(r *strictjson.Reader) { r.Value() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := strictjson.NewReader(c.text)
			c.use(r)
			if err := r.End(); !errors.Is(err, strictjson.ErrSyntax) {
				t.Errorf("End() = %v, want %v", err, strictjson.ErrSyntax)
			}
			if v := r.Value(); v.Kind != strictjson.Null {
				t.Errorf("after a fault it reads %+v, want nothing", v)
			}
		})
	}
}

func each[T any](values iter.Seq[T], use func()) {
	for range values {
		use()
	}
}

func leave[T any](r *strictjson.Reader, values iter.Seq[T]) {
	for range values {
		r.Skip()
		return
	}
}
