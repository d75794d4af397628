package apigateway_test

import (
	"fmt"
	"strings"
	"testing"

	"users-organizations/pkg/apigateway"
)

// event has a member of each kind that the functions' events have.
type event struct {
	apigateway.Headers

	Name    string                  `json:"name"`
	Ready   bool                    `json:"ready"`
	Query   apigateway.SingleValues `json:"query"`
	Context struct {
		ID     string         `json:"id"`
		Caller map[string]any `json:"caller"`
	} `json:"context"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"everything": {
			` {"name" : "a" ,"ready":true,"context":{"id":"x","caller":{"y":"","z":1}},"query":{"q":"1"},"headers":{"h":"2"},"multiValueHeaders":{"h":["2","3"]}} `,
			`{{[{h [2]}] [{h [2 3]}]} a true [{q [1]}] {x map[y: z:1]}}`,
		},
		"nothing":                   {`{}`, `{{[] []}  false [] { map[]}}`},
		"null":                      {`null`, `{{[] []}  false [] { map[]}}`},
		"nulls":                     {`{"name":null,"ready":null,"query":null,"context":null,"headers":null,"multiValueHeaders":null}`, `{{[] []}  false [] { map[]}}`},
		"nulls inside":              {`{"query":{"q":null},"context":{"id":null,"caller":null},"multiValueHeaders":{"h":null,"i":[null,"2"]}}`, `{{[] [{h []} {i [ 2]}]}  false [{q []}] { map[]}}`},
		"another case":              {`{"Name":"no","READY":true,"Context":{"id":"no"},"context":{"ID":"no"}}`, `{{[] []}  false [] { map[]}}`},
		"unknown members":           {`{"a":[1,-2.5e+3,{"b":[]}],"name":"n","c":{"name":"no","name":null},"e":false,"f":"\"}","ready":true}`, `{{[] []} n true [] { map[]}}`},
		"a repeated name":           {`{"name":"a","name":"b","headers":{"h":"1"},"headers":{"i":"2"},"ready":true,"ready":null}`, `{{[{i [2]}] []} b false [] { map[]}}`},
		"a repeated object":         {`{"context":{"id":"a","caller":{"x":"1"}},"context":{"caller":{"y":"2"}}}`, `{{[] []}  false [] {a map[x:1 y:2]}}`},
		"null for a second object":  {`{"headers":{"h":"1"},"headers":null,"context":{"id":"a"},"context":null}`, `{{[] []}  false [] { map[]}}`},
		"a repeated name in a list": {`{"query":{"q":"1","r":"2","q":"3"}}`, `{{[] []}  false [{q [1]} {r [2]} {q [3]}] { map[]}}`},
		"escapes":                   {`{"n\u0061me":"\"\\\/\u00e9\ud83d\ude00é","query":{"\u0061":"\u0062"}}`, `{{[] []} "\/é😀é false [{a [b]}] { map[]}}`},
		"half a surrogate pair":     {`{"name":"\ud83dx\ude00","query":{"\ud83d":"\ud83d\ud83d\ude00"}}`, "{{[] []} \ufffdx\ufffd false [{\ufffd [\ufffd😀]}] { map[]}}"},
		"bytes that are not UTF-8":  {"{\"name\":\"\xffx\xe2\x82\",\"query\":{\"\xff\":\"\xff\"}}", "{{[] []} \ufffdx\ufffd\ufffd false [{\ufffd [\ufffd]}] { map[]}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e event
			err := apigateway.Decode([]byte(c.text), &e)
			if got := fmt.Sprint(e); got != c.want || err != nil {
				t.Errorf("decoded %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const (
		syntax = "the event is not one complete JSON text"
		kind   = "the event has a value of an unexpected kind in "
	)
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                     {"", syntax},
		"cut short":                   {`{"name":"secret`, syntax},
		"an object cut short":         {`{"query":{"secret":"secret"`, syntax},
		"a name that is a number":     {`{"query":{1:"secret"}}`, syntax},
		"more after the end":          {`{} secret`, syntax},
		"an unknown escape":           {`{"name":"\secret"}`, syntax},
		"an error in what is skipped": {`{"secret":[01]}`, syntax},
		"an error in a header":        {`{"headers":{"secret":"secret","h":"\secret"}}`, syntax},
		"an error among the values":   {`{"multiValueHeaders":{"h":["secret",nul]}}`, syntax},
		"a list for an event":         {`["secret"]`, "the event is not an object"},
		"a text for an event":         {`"secret"`, "the event is not an object"},
		"a number for a text":         {`{"name":15061999}`, kind + `"name"`},
		"a text for a bool":           {`{"ready":"secret"}`, kind + `"ready"`},
		"a list for headers":          {`{"headers":["secret"]}`, kind + `"headers"`},
		"a text for headers":          {`{"headers":"secret"}`, kind + `"headers"`},
		"a list for a header":         {`{"headers":{"secret":["secret"]}}`, kind + `"headers"`},
		"a text for the values":       {`{"multiValueHeaders":{"secret":"secret"}}`, kind + `"multiValueHeaders"`},
		"a number among the values":   {`{"multiValueHeaders":{"secret":["secret",15061999]}}`, kind + `"multiValueHeaders"`},
		"a text for a context":        {`{"context":"secret"}`, kind + `"context"`},
		"a bool in a context":         {`{"context":{"id":true}}`, kind + `"context"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := apigateway.Decode([]byte(c.text), new(event))
			if err == nil || err.Error() != c.want {
				t.Errorf("Decode(%s) = %v, want %q", c.text, err, c.want)
			}
		})
	}
	err := apigateway.Decode([]byte(`{"a":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+"}"), new(event))
	if err == nil || err.Error() != syntax {
		t.Errorf("nested too deeply: %v, want %q", err, syntax)
	}
}
