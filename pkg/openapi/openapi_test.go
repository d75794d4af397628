package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"

	"users-organizations/pkg/openapi"
)

// TestMain stops at a document that can't be read, which would be an error of each
// test.
func TestMain(m *testing.M) {
	if _, err := openapi.JSON(""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestJSONEqualsTheYAML(t *testing.T) {
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
		t.Errorf("the JSON and the YAML differ")
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
