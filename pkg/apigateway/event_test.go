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
		ID     string           `json:"id"`
		Caller apigateway.Texts `json:"caller"`
	} `json:"context"`
}

func (e event) String() string {
	return fmt.Sprintf("%s %t %q %q %q %q", e.Name, e.Ready, e.Query, e.Context.ID, e.Context.Caller, e.Values(apigateway.IfMatch))
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const nothing = ` false map[] "" map[] []`
	for name, c := range map[string]struct{ text, want string }{
		"everything": {
			` {"name" : "a" ,"ready":true,"context":{"id":"x","caller":{"y":"z"}},"query":{"q":"1"},"headers":{"If-Match":"2"},"multiValueHeaders":{"If-Match":["2","3"]}} `,
			`a true map["q":["1"]] "x" map["y":"z"] ["2" "3"]`,
		},
		"nothing":                        {`{}`, nothing},
		"null":                           {`null`, nothing},
		"nulls":                          {`{"name":null,"ready":null,"query":null,"context":null,"headers":null,"multiValueHeaders":null}`, nothing},
		"nulls inside":                   {`{"query":{"q":null},"context":{"id":null,"caller":null},"multiValueHeaders":{"Via":null,"If-Match":[null,"2"]}}`, ` false map["q":[""]] "" map[] ["" "2"]`},
		"another case":                   {`{"Name":"no","READY":true,"Context":{"id":"no"},"context":{"ID":"no"}}`, nothing},
		"unknown members":                {`{"a":[1,-2.5e+3,{"b":[]}],"name":"n","c":{"name":"no","name":null},"e":false,"f":"\"}","ready":true}`, `n true map[] "" map[] []`},
		"a repeated name":                {`{"name":"a","name":"b","headers":{"If-Match":"1"},"headers":{"if-match":"2"},"ready":true,"ready":null}`, `b false map[] "" map[] ["2"]`},
		"a repeated object":              {`{"context":{"id":"a"},"query":{"q":"1"},"context":{"caller":{"y":"2"}},"query":{"r":"2"}}`, ` false map["r":["2"]] "a" map["y":"2"] []`},
		"null for a second object":       {`{"headers":{"If-Match":"1"},"headers":null,"context":{"id":"a","caller":{"x":"1"}},"context":null}`, nothing},
		"a repeated name in an object":   {`{"query":{"q":"1","r":"2","q":"3"},"context":{"caller":{"x":"1","x":"2"}}}`, ` false map["q":["1" "3"] "r":["2"]] "" map["x":"2"] []`},
		"texts among others":             {`{"context":{"caller":{"a":1,"b":"1","c":null,"d":["1"],"e":{"f":"1"},"g":true,"b":2}}}`, ` false map[] "" map["a":"" "b":"" "c":"" "d":"" "e":"" "g":""] []`},
		"an object without texts":        {`{"context":{"caller":{}},"query":{}}`, nothing},
		"repeated texts":                 {`{"context":{"caller":{"x":"1"},"caller":{"y":"2"}}}`, ` false map[] "" map["y":"2"] []`},
		"null for second texts":          {`{"context":{"caller":{"x":"1"},"caller":null}}`, nothing},
		"escapes":                        {`{"n\u0061me":"\"\\\/\u00e9\ud83d\ude00é","query":{"\u0061":"\u0062"},"context":{"caller":{"\u0063\"":"\u0064\n"}}}`, `"\/é😀é false map["a":["b"]] "" map["c\"":"d\n"] []`},
		"half a surrogate pair":          {`{"name":"\ud83dx\ude00","query":{"\ud83d":"\ud83d\ud83d\ude00"}}`, "\ufffdx\ufffd false map[\"\ufffd\":[\"\ufffd😀\"]] \"\" map[] []"},
		"bytes that are not UTF-8":       {"{\"name\":\"\xffx\xe2\x82\",\"query\":{\"\xff\":\"\xff\"},\"context\":{\"caller\":{\"\xff\":\"\xff\"}}}", "\ufffdx\ufffd\ufffd false map[\"\ufffd\":[\"\ufffd\"]] \"\" map[\"\ufffd\":\"\ufffd\"] []"},
		"a header of an unexpected kind": {`{"headers":{"Via":["1"],"If-Match":"2"}}`, ` false map[] "" map[] ["2"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e event
			err := apigateway.Decode([]byte(c.text), &e)
			if got := e.String(); got != c.want || err != nil {
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
		"an error in a header":        {`{"headers":{"If-Match":"secret","h":"\secret"}}`, syntax},
		"an error in a name":          {`{"headers":{"\secret":"secret"}}`, syntax},
		"an error among the values":   {`{"multiValueHeaders":{"If-Match":["secret",nul]}}`, syntax},
		"an error among the texts":    {`{"context":{"caller":{"secret":nul}}}`, syntax},
		"a list for an event":         {`["secret"]`, "the event is not an object"},
		"a text for an event":         {`"secret"`, "the event is not an object"},
		"a number for a text":         {`{"name":15061999}`, kind + `"name"`},
		"a text for a bool":           {`{"ready":"secret"}`, kind + `"ready"`},
		"a list for headers":          {`{"headers":["secret"]}`, kind + `"headers"`},
		"a text for headers":          {`{"headers":"secret"}`, kind + `"headers"`},
		"a list for a header":         {`{"headers":{"If-Match":["secret"]}}`, kind + `"headers"`},
		"a text for the values":       {`{"multiValueHeaders":{"If-Match":"secret"}}`, kind + `"multiValueHeaders"`},
		"a number among the values":   {`{"multiValueHeaders":{"If-Match":["secret",15061999]}}`, kind + `"multiValueHeaders"`},
		"a text for a context":        {`{"context":"secret"}`, kind + `"context"`},
		"a list for texts":            {`{"context":{"caller":["secret"]}}`, kind + `"context"`},
		"a list for a query":          {`{"query":["secret"]}`, kind + `"query"`},
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
