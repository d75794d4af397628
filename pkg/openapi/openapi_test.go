package openapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"go.yaml.in/yaml/v3"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/openapi/openapitest"
	"users-organizations/pkg/problem"
)

const (
	route     = "/users-organizations/v1/bo/users/register/{userId}/organizations/{organizationId}"
	requestID = "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01"
)

func TestDocumentIsOpenAPI31(t *testing.T) {
	t.Parallel()
	document, err := libopenapi.NewDocument(openapi.YAML())
	if err != nil {
		t.Fatal(err)
	}
	if v := document.GetVersion(); v != "3.1.0" {
		t.Errorf("version %s", v)
	}
	v, errs := validator.NewValidator(document)
	if errs != nil {
		t.Fatal(errs)
	}
	if ok, faults := v.ValidateDocument(); !ok {
		t.Errorf("the document is not valid: %v", faults)
	}
}

func TestJSONSaysWhatTheYAMLSays(t *testing.T) {
	t.Parallel()
	text, err := openapi.JSON("")
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(openapi.YAML(), &want); err != nil {
		t.Fatal(err)
	}
	wantText, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(wantText, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the JSON says something else than the YAML")
	}
	if order := `{"userId":1,"organizationId":1,"scope":1,"permissions":{"group":0,"read":[1,2],"manage":[1,2]},"deletedAt":null,`; !bytes.Contains(text, []byte(order)) {
		t.Errorf("the members are not in the order of the YAML")
	}
	if !bytes.Contains(text, []byte(`"minimum":-9007199254740991,"maximum":9007199254740991`)) {
		t.Errorf("a bound is not exact")
	}
}

func TestJSONForOneServer(t *testing.T) {
	t.Parallel()
	text, err := openapi.JSON("https://api.example.com/main")
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ Servers []map[string]any }
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if want := []map[string]any{{"url": "https://api.example.com/main"}}; !reflect.DeepEqual(d.Servers, want) {
		t.Errorf("servers %v, want %v", d.Servers, want)
	}
}

// answer is an answer of the handler or of the gateway, with its name.
type answer struct {
	name string
	openapitest.Answer
}

// answers are all that the samples of events/ are answered, and all that the
// gateway answers by itself.
func answers(t *testing.T) []answer {
	t.Helper()
	files, err := filepath.Glob("../../functions/register/testdata/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers of the handler: %v", err)
	}
	var all []answer
	for _, file := range files {
		all = append(all, readAnswer(t, file))
	}
	for _, response := range problem.GatewayResponses {
		all = append(all, gatewayAnswer(response))
	}
	return all
}

// readAnswer reads a status line, headers, an empty line and a body, as the
// handler's test writes them.
func readAnswer(t *testing.T, file string) answer {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(bytes.NewReader(text))
	status, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	code, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(status, "HTTP ")))
	if err != nil {
		t.Fatal(err)
	}
	header, err := textproto.NewReader(r).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return answer{filepath.Base(file), openapitest.Answer{
		Method: http.MethodPost, Path: route, Status: code, Header: http.Header(header), Body: bytes.TrimSpace(body.Bytes()),
	}}
}

// gatewayAnswer fills in what API Gateway fills in. A response that keeps the
// gateway's status gets one that no problem of ours has.
func gatewayAnswer(r problem.GatewayResponse) answer {
	status := r.Status()
	switch {
	case status == 0 && r.Type == "DEFAULT_4XX":
		status = http.StatusRequestHeaderFieldsTooLarge
	case status == 0:
		status = http.StatusNotImplemented
	}
	header := http.Header{}
	for name, value := range r.Headers() {
		header.Set(name, strings.ReplaceAll(value, problem.GatewayRequestID, requestID))
	}
	return answer{r.Type, openapitest.Answer{
		Method: http.MethodPost, Path: route, Status: status, Header: header,
		Body: []byte(strings.ReplaceAll(r.Template(), problem.GatewayRequestID, requestID)),
	}}
}

func TestEveryAnswerIsInTheDocument(t *testing.T) {
	t.Parallel()
	for _, a := range answers(t) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			if err := a.Conforms(); err != nil {
				t.Errorf("%d: %v\n%s", a.Status, err, a.Body)
			}
		})
	}
}

// TestEverythingInTheDocumentIsAnswered is the other direction: a status, a
// problem, a header or a code that nothing produces is a promise gone stale.
func TestEverythingInTheDocumentIsAnswered(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	promised := map[string]bool{}
	for status, response := range d.Paths[route].Post.Responses {
		promised["status "+status] = true
		r := d.Components.Responses[response.name()]
		for name := range r.Headers {
			promised["header "+name+" with "+status] = true
		}
		for mediaType, content := range r.Content {
			schema := d.Components.Schemas[content.Schema.name()]
			if problemType := schema.Properties["type"].Const; problemType != nil {
				promised[fmt.Sprintf("%s %v with %s", mediaType, problemType, status)] = true
			} else {
				promised[mediaType+" with "+status] = true
			}
		}
	}
	for _, name := range []string{"ViolationInBody", "ViolationInPathOrHeader"} {
		for _, code := range d.Components.Schemas[name].Properties["code"].Enum {
			promised[fmt.Sprintf("code %v in %s", code, name)] = true
		}
	}
	var promiseFields func(at string, s schema)
	promiseFields = func(at string, s schema) {
		for name, property := range s.Properties {
			promised["field "+at+name] = true
			promiseFields(at+name+".", property)
		}
	}
	promiseFields("data.", d.Components.Schemas["Membership"])
	var keepFields func(at string, v any)
	keepFields = func(at string, v any) {
		object, _ := v.(map[string]any)
		for name, value := range object {
			delete(promised, "field "+at+name)
			keepFields(at+name+".", value)
		}
	}

	for _, a := range answers(t) {
		status := strconv.Itoa(a.Status)
		if _, named := d.Paths[route].Post.Responses[status]; !named {
			status = status[:1] + "XX"
		}
		delete(promised, "status "+status)
		for name := range a.Header {
			maps.DeleteFunc(promised, func(promise string, _ bool) bool {
				return strings.EqualFold(promise, "header "+name+" with "+status)
			})
		}
		var body struct {
			Type   string
			Errors []struct{ In, Code string }
			Data   any
		}
		if err := json.Unmarshal(a.Body, &body); err != nil {
			t.Fatal(err)
		}
		keepFields("data.", body.Data)
		said := strings.TrimSpace(a.Header.Get("Content-Type") + " " + body.Type)
		delete(promised, said+" with "+status)
		for _, e := range body.Errors {
			place := map[string]string{"body": "ViolationInBody", "path": "ViolationInPathOrHeader", "header": "ViolationInPathOrHeader"}[e.In]
			delete(promised, "code "+e.Code+" in "+place)
		}
	}
	for _, promise := range slices.Sorted(maps.Keys(promised)) {
		t.Errorf("no sample or gateway response produces: %s", promise)
	}
}

// TestExamplesAreAnswers holds every example of an answer to what the code
// answers, to the byte.
func TestExamplesAreAnswers(t *testing.T) {
	t.Parallel()
	existing := func(scope int64, deletedAt time.Time) membership.Membership {
		created := time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)
		m := membership.Membership{
			Key: membership.Key{UserID: 1, OrganizationID: 1}, Scope: scope, DeletedAt: deletedAt, UpdatedAt: created, CreatedAt: created,
			Permissions: membership.Permissions{Group: 0, Read: []int64{1, 2}, Manage: []int64{1, 2}},
		}
		if !m.Active() {
			m.UpdatedAt = deletedAt
		}
		return m
	}
	invalid := func(userID, body string) problem.Problem {
		_, err := membership.ParseRegistration(membership.RegistrationRequest{UserID: userID, OrganizationID: "1", Body: []byte(body)})
		return problem.Of(err, requestID)
	}
	exists := func(m membership.Membership, identical bool) problem.Problem {
		return problem.Of(&membership.ExistsError{Existing: m, Identical: identical && m.Active()}, requestID)
	}
	refusal := json.RawMessage(gatewayAnswer(problem.GatewayResponse{Type: "DEFAULT_4XX"}).Body)
	want := map[string]any{
		"Created/created":            map[string]any{"data": existing(1, time.Time{})},
		"InvalidRequest/several":     invalid("9007199254740992", `{"scope":3,"permissions":{"group":0,"manage":[1,1.5],"read":[]}}`),
		"InvalidRequest/notJSON":     invalid("1", `{"scope":1`),
		"InvalidRequest/gateway":     problem.New(problem.InvalidRequest, requestID),
		"MembershipExists/identical": exists(existing(1, time.Time{}), true),
		"MembershipExists/other":     exists(existing(2, time.Time{}), false),
		"MembershipExists/deleted":   exists(existing(1, time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC)), true),
		"RefusedByGateway/refused":   refusal,
		"FailedInGateway/failed":     refusal,
	}
	for name, code := range map[string]problem.Code{
		"Unauthorized/unauthorized": problem.Unauthorized, "Forbidden/forbidden": problem.Forbidden, "NotFound/notFound": problem.NoSuchOperation,
		"PayloadTooLarge/payloadTooLarge":           problem.PayloadTooLarge,
		"UnsupportedMediaType/unsupportedMediaType": problem.UnsupportedMediaType,
		"IdempotencyKeyReused/idempotencyKeyReused": problem.IdempotencyKeyReused,
		"TooManyRequests/tooManyRequests":           problem.TooManyRequests,
		"InternalError/internalError":               problem.InternalError,
		"BadGateway/badGateway":                     problem.BadGateway,
		"Unavailable/unavailable":                   problem.Unavailable,
		"Timeout/timeout":                           problem.Timeout,
	} {
		want[name] = problem.New(code, requestID)
	}

	for response, r := range readDocument(t).Components.Responses {
		for _, content := range r.Content {
			for example, e := range content.Examples {
				name := response + "/" + example
				text, err := json.Marshal(want[name])
				if err != nil || string(text) != string(e.Value) {
					t.Errorf("%s\nin the document %s\nin the code     %s, %v", name, e.Value, text, err)
				}
				delete(want, name)
			}
		}
	}
	for name := range want {
		t.Errorf("%s is missing in the document", name)
	}
}

func TestExamplesOfRequestsAreValid(t *testing.T) {
	t.Parallel()
	examples := readDocument(t).Paths[route].Post.RequestBody.Content["application/json"].Examples
	if len(examples) == 0 {
		t.Error("the document has no example of a request")
	}
	for name, e := range examples {
		if _, err := membership.ParseRegistration(membership.RegistrationRequest{UserID: "1", OrganizationID: "1", Body: e.Value}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryCodeTellsWhatToDo holds the codes' explanations to the codes, and
// the table that people read to the explanations.
func TestEveryCodeTellsWhatToDo(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	var want []string
	for _, place := range []struct{ schema, name string }{{"ViolationInBody", "body"}, {"ViolationInPathOrHeader", "path, header"}} {
		code := d.Components.Schemas[place.schema].Properties["code"]
		for _, c := range code.Enum {
			name := fmt.Sprint(c)
			if code.Descriptions[name] == "" {
				t.Errorf("%s: %s is not explained", place.schema, name)
			}
			want = append(want, fmt.Sprintf("| %s `%s` | %s |", place.name, name, code.Descriptions[name]))
		}
		if len(code.Descriptions) != len(code.Enum) {
			t.Errorf("%s: more is explained than the codes %v: %v", place.schema, code.Enum, code.Descriptions)
		}
	}
	_, table, _ := strings.Cut(d.Info.Description, "| Part and `code` | What to do |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	if got := strings.Split(table, "\n"); !slices.Equal(got, want) {
		t.Errorf("the table of codes is\n%s\nwant\n%s", table, strings.Join(want, "\n"))
	}
}

// TestEveryProblemTellsWhatToDo holds the table that people read to the
// responses.
func TestEveryProblemTellsWhatToDo(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	for status, response := range d.Paths[route].Post.Responses {
		schema := d.Components.Schemas[d.Components.Responses[response.name()].Content["application/problem+json"].Schema.name()]
		problemType, ok := schema.Properties["type"].Const.(string)
		code, ours := strings.CutPrefix(problemType, "urn:users-organizations:problem:")
		if !ok || !ours {
			continue
		}
		if row := fmt.Sprintf("| %s `%s` |", status, code); !strings.Contains(d.Info.Description, row) {
			t.Errorf("the table of problems has no row %s", row)
		}
	}
}

// document is what these tests read of the document.
type document struct {
	Info  struct{ Description string }
	Paths map[string]struct {
		Post struct {
			RequestBody struct{ Content map[string]content }
			Responses   map[string]reference
		}
	}
	Components struct {
		Responses map[string]struct {
			Headers map[string]reference
			Content map[string]content
		}
		Schemas map[string]schema
	}
}

type content struct {
	Schema   reference
	Examples map[string]struct{ Value json.RawMessage }
}

type schema struct {
	Properties   map[string]schema
	Const        any
	Enum         []any
	Descriptions map[string]string `json:"x-enumDescriptions"`
}

type reference struct {
	Ref string `json:"$ref"`
}

func (r reference) name() string { return r.Ref[strings.LastIndex(r.Ref, "/")+1:] }

func readDocument(t *testing.T) document {
	t.Helper()
	text, err := openapi.JSON("")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Paths[route].Post.Responses) == 0 {
		t.Fatalf("the document has no responses for POST %s", route)
	}
	return d
}
