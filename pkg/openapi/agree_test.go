package openapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/openapi"
)

// These tests compare pkg/membership with a JSON Schema library that reads
// openapi.yaml, on random requests.

func TestVerdictOnBodies(t *testing.T) {
	t.Parallel()
	schemas := compileSchemas(t, readAny(t))
	g := newGenerator(t)
	accepted, met := 0, map[membership.ViolationCode]int{}
	for range *cases {
		body := g.body()
		ours, theirs := schemas.body(body)
		if agree(t, body, ours, theirs) {
			accepted++
			checkRead(t, body)
		}
		for _, violation := range violations(ours) {
			met[violation.Code]++
		}
	}
	t.Logf("violations: %v", met)
	checkBalance(t, accepted)
	for _, code := range []membership.ViolationCode{
		membership.Required, membership.WrongType, membership.NotAnInteger, membership.OutOfRange,
		membership.NotAllowed, membership.TooManyItems, membership.UnknownField,
	} {
		if met[code] == 0 {
			t.Errorf("no body had the violation %s", code)
		}
	}
}

// TestVerdictOnChanges is TestVerdictOnBodies for bodies with optional members.
func TestVerdictOnChanges(t *testing.T) {
	t.Parallel()
	schemas := compileSchemas(t, readAny(t))
	g := newGenerator(t)
	accepted, met := 0, map[membership.ViolationCode]int{}
	for range *cases {
		change := g.bodyOf(schemaIn(t, g.root, "MembershipChange"))
		ours, theirs := schemas.changeBody(change)
		if agree(t, change, ours, theirs) {
			accepted++
		}
		for _, violation := range violations(ours) {
			met[violation.Code]++
		}
	}
	t.Logf("violations: %v", met)
	checkBalance(t, accepted)
	if met[membership.Required] == 0 {
		t.Error("no change was empty")
	}
}

// checkRead compares ParseRegistration with encoding/json on a valid body. It skips
// a body that has an integer like 1.0, since encoding/json refuses it.
func checkRead(t *testing.T, body string) {
	t.Helper()
	want := membership.Registration{UserID: 1, OrganizationID: 1}
	if json.Unmarshal([]byte(body), &want) != nil {
		return
	}
	got, err := membership.ParseRegistration(membership.RegistrationRequest{UserID: "1", OrganizationID: "1", Body: []byte(body)})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%.2000s\nwas read as %+v, %v\nwant        %+v", body, got, err, want)
	}
}

// TestTheDocumentNamesEveryField looks for fields that only the code has. Random
// bodies can't find them, since they are made from the document.
func TestTheDocumentNamesEveryField(t *testing.T) {
	t.Parallel()
	root := readAny(t)
	var compare func(of reflect.Type, schema map[string]any)
	compare = func(of reflect.Type, schema map[string]any) {
		properties := member(t, resolve(t, root, schema), "properties")
		for field := range of.Fields() {
			switch field.Name {
			case "Key", "IdempotencyKey":
				continue // parameters
			}
			name := strings.ToLower(field.Name[:1]) + field.Name[1:]
			if properties[name] == nil {
				t.Errorf("openapi.yaml has no %s for %s.%s: add it to the schema Registration, and to Membership", name, of, field.Name)
			} else if field.Type.Kind() == reflect.Struct {
				compare(field.Type, member(t, properties, name))
			}
		}
	}
	compare(reflect.TypeFor[membership.Registration](), schemaIn(t, root, "Registration"))
}

// TestVerdictOnIDs reads an id as OpenAPI does, as the JSON text of its value. No
// schema can say that a value has one spelling, so ids with another are counted
// apart. The parameter's description says it.
func TestVerdictOnIDs(t *testing.T) {
	t.Parallel()
	schemas := compileSchemas(t, readAny(t))
	g := newGenerator(t)
	accepted, otherSpellings := 0, 0
	for range *cases {
		id := g.id()
		ours, theirs := schemas.id(id)
		switch {
		case theirs == nil && (strings.ContainsAny(id, ".eE") || id == "-0"):
			otherSpellings++
			if ours == nil {
				t.Fatalf("%q was accepted", id)
			}
		case agree(t, id, ours, theirs):
			accepted++
		}
	}
	checkBalance(t, accepted)
	if otherSpellings == 0 {
		t.Error("no id was an integer in another spelling")
	}
}

func TestVerdictOnKeys(t *testing.T) {
	t.Parallel()
	schemas := compileSchemas(t, readAny(t))
	g := newGenerator(t)
	accepted := 0
	for range *cases {
		key := g.key()
		ours, theirs := schemas.key(key)
		if agree(t, key, ours, theirs) {
			accepted++
		}
	}
	checkBalance(t, accepted)
}

func TestVerdictOnIfMatch(t *testing.T) {
	t.Parallel()
	schemas := compileSchemas(t, readAny(t))
	g := newGenerator(t)
	accepted := 0
	for range *cases {
		tag := g.ifMatch()
		for name, verdict := range map[string]func(string) (ours, theirs error){"change": schemas.changeIfMatch, "remove": schemas.removeIfMatch} {
			ours, theirs := verdict(tag)
			if agree(t, name+" "+tag, ours, theirs) && name == "change" {
				accepted++
			}
		}
	}
	checkBalance(t, accepted)
}

// agree fails the test if our validator and the schema differ on a text, and returns
// whether they accept it.
func agree(t *testing.T, text string, ours, theirs error) (accepted bool) {
	t.Helper()
	if (ours == nil) != (theirs == nil) {
		t.Fatalf("%.2000q\nour validator: %v\nthe schema:    %v", text, ours, theirs)
	}
	return ours == nil
}

// checkBalance fails the test if nearly all cases had the same verdict: such cases
// compare too little.
func checkBalance(t *testing.T, accepted int) {
	t.Helper()
	t.Logf("%d of %d were accepted", accepted, *cases)
	if accepted < *cases/10 || accepted > *cases*9/10 {
		t.Errorf("%d of %d were accepted", accepted, *cases)
	}
}

// TestWhatNoSchemaSees has the bodies that a schema library can't judge: those that
// are not JSON, and those with duplicate names.
func TestWhatNoSchemaSees(t *testing.T) {
	t.Parallel()
	g := newGenerator(t)
	g.oddness = 0
	for range *cases / 10 {
		valid := g.value(g.registration)
		for name, c := range map[string]struct {
			body string
			want membership.ViolationCode
		}{
			"truncated":                 {valid[:g.IntN(len(valid))], membership.Malformed},
			"a byte order mark":         {"\ufeff" + valid, membership.Malformed},
			"trailing bytes":            {valid + g.pick("x", "{}", ",", "\x00", valid), membership.Malformed},
			"invalid UTF-8":             {g.insert(valid, "\xff"), membership.Malformed},
			"half a surrogate pair":     {strings.Replace(valid, "{", `{"\ud800":1,`, 1), membership.Malformed},
			"a comment":                 {"/**/" + valid, membership.Malformed},
			"a name twice":              {strings.Replace(valid, "{", "{"+g.member("scope", "1")+","+g.member("scope", "2")+",", 1), membership.DuplicateField},
			"an unknown name twice":     {strings.Replace(valid, "{", `{"x":1,"\u0078":2,`, 1), membership.DuplicateField},
			"a name twice, deeper down": {strings.Replace(valid, "{", `{"x":[{"y":1,"y":1}],`, 1), membership.DuplicateField},
		} {
			_, err := membership.ParseRegistration(membership.RegistrationRequest{UserID: "1", OrganizationID: "1", Body: []byte(c.body)})
			if !slices.ContainsFunc(violations(err), func(f membership.Violation) bool { return f.Code == c.want }) {
				t.Fatalf("%s: %v, want %s: %.2000q", name, err, c.want, c.body)
			}
		}
	}
}

// readAny reads the document as any JSON, with exact numbers.
func readAny(t *testing.T) map[string]any {
	t.Helper()
	text, err := openapi.JSON("")
	if err != nil {
		t.Fatal(err)
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return member(t, root)
}

// schemaIn returns the schema of that name, or that of the Idempotency-Key.
func schemaIn(t *testing.T, root map[string]any, name string) map[string]any {
	t.Helper()
	if name == "Idempotency-Key" {
		return member(t, root, "components", "parameters", "IdempotencyKey", "schema")
	}
	return member(t, root, "components", "schemas", name)
}

// resolve follows the reference of a schema, if it has one.
func resolve(t *testing.T, root, schema map[string]any) map[string]any {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		return schemaIn(t, root, strings.TrimPrefix(ref, "#/components/schemas/"))
	}
	return schema
}

// member returns the object at a path of names.
func member(t *testing.T, v any, names ...string) map[string]any {
	t.Helper()
	object, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("no object at %v", names)
	}
	if len(names) == 0 {
		return object
	}
	return member(t, object[names[0]], names[1:]...)
}

// schemas has the schemas of the parts of a request.
type schemas struct {
	registration, change                                          *jsonschema.Schema
	userID, organizationID, idempotencyKey, ifMatch, ifMatchOrAny *jsonschema.Schema
}

func compileSchemas(t *testing.T, root map[string]any) schemas {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("urn:openapi", root); err != nil {
		t.Fatal(err)
	}
	compile := func(pointer string) *jsonschema.Schema {
		s, err := compiler.Compile("urn:openapi#/components/" + pointer)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return schemas{
		registration:   compile("schemas/Registration"),
		userID:         compile("parameters/UserId/schema"),
		organizationID: compile("parameters/OrganizationId/schema"),
		idempotencyKey: compile("parameters/IdempotencyKey/schema"),
		change:         compile("schemas/MembershipChange"),
		ifMatch:        compile("parameters/IfMatch/schema"),
		ifMatchOrAny:   compile("parameters/IfMatchOrAny/schema"),
	}
}

func (s schemas) body(body string) (ours, theirs error) {
	_, ours = membership.ParseRegistration(membership.RegistrationRequest{UserID: "1", OrganizationID: "1", Body: []byte(body)})
	return ours, validate(s.registration, body)
}

func (s schemas) id(id string) (ours, theirs error) {
	body := []byte(`{"scope":1,"permissions":{"group":0,"manage":[],"read":[]}}`)
	_, user := membership.ParseRegistration(membership.RegistrationRequest{UserID: id, OrganizationID: "1", Body: body})
	_, organization := membership.ParseRegistration(membership.RegistrationRequest{UserID: "1", OrganizationID: id, Body: body})
	return errors.Join(user, organization), errors.Join(validate(s.userID, id), validate(s.organizationID, id))
}

func (s schemas) key(key string) (ours, theirs error) {
	_, ours = membership.ParseRegistration(membership.RegistrationRequest{
		UserID: "1", OrganizationID: "1", IdempotencyKeys: []string{key},
		Body: []byte(`{"scope":1,"permissions":{"group":0,"manage":[],"read":[]}}`),
	})
	return ours, s.idempotencyKey.Validate(key)
}

func (s schemas) changeBody(body string) (ours, theirs error) {
	_, ours = membership.ParseChange(membership.WriteRequest{
		UserID: "1", OrganizationID: "1", IfMatch: []string{membership.ETag(strings.Repeat("0", 32))}, Body: []byte(body),
	})
	return ours, validate(s.change, body)
}

func (s schemas) changeIfMatch(tag string) (ours, theirs error) {
	_, ours = membership.ParseChange(membership.WriteRequest{
		UserID: "1", OrganizationID: "1", IfMatch: []string{tag}, Body: []byte(`{"scope":1}`),
	})
	return ours, s.ifMatch.Validate(tag)
}

func (s schemas) removeIfMatch(tag string) (ours, theirs error) {
	_, ours = membership.ParseRemoval(membership.WriteRequest{UserID: "1", OrganizationID: "1", IfMatch: []string{tag}})
	return ours, s.ifMatchOrAny.Validate(tag)
}

func validate(s *jsonschema.Schema, text string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil || strings.Trim(text, " \t\r\n") != text {
		return errors.New("not one JSON text")
	}
	return s.Validate(v)
}

func violations(err error) []membership.Violation {
	if invalid, ok := errors.AsType[*membership.InvalidError](err); ok {
		return invalid.Violations
	}
	return nil
}
