package openapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"users-organizations/events"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/openapi/openapitest"
)

const requestID = "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01"

// sample is a response of a function or of the gateway, with its name.
type sample struct {
	name string
	openapitest.Response
}

// samples are the responses to all events of events/, and for each operation those
// that the gateway makes by itself.
func samples(t *testing.T) []sample {
	t.Helper()
	var all []sample
	for _, file := range filesOf(t, "../../functions/*/testdata/*.http") {
		s := readSample(t, file)
		var event struct{ HTTPMethod, Resource string }
		if err := json.Unmarshal(events.JSON(s.name), &event); err != nil {
			t.Fatal(err)
		}
		s.Method, s.Path = event.HTTPMethod, event.Resource
		all = append(all, s)
	}
	for _, file := range filesOf(t, "../../infra/gatewayresponses/testdata/*.http") {
		s := readSample(t, file)
		for _, o := range openapi.Operations() {
			ofOperation := s
			ofOperation.name, ofOperation.Method, ofOperation.Path = o.ID+"/"+s.name, o.Method, o.Path
			all = append(all, ofOperation)
		}
	}
	return all
}

func filesOf(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: there is no such file, %v", pattern, err)
	}
	return files
}

// readSample reads a status line, headers, an empty line and a body, as the
// tests of the functions and of the gateway's responses write them.
func readSample(t *testing.T, file string) sample {
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
	name := strings.TrimSuffix(filepath.Base(file), ".http")
	return sample{name, openapitest.Response{Status: code, Header: http.Header(header), Body: bytes.TrimSpace(body.Bytes())}}
}

func TestEveryResponseIsInTheDocument(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if err := s.Conforms(); err != nil {
				t.Errorf("%d: %v\n%s", s.Status, err, s.Body)
			}
		})
	}
}

// TestEverythingInTheDocumentHappens looks for a status, a problem, a header, a field
// or a code in the document that no response has.
func TestEverythingInTheDocumentHappens(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	promised := d.promises()
	for _, s := range samples(t) {
		for _, kept := range d.kept(t, s) {
			delete(promised, kept)
		}
	}
	for _, promise := range slices.Sorted(maps.Keys(promised)) {
		if response, _, isPart := strings.Cut(promise, ": "); isPart && promised[response] {
			continue // the error names the whole response
		}
		t.Errorf("openapi.yaml promises %s, and no response in functions/*/testdata or infra/gatewayresponses/testdata has it: "+
			"add a sample event, or remove the promise", promise)
	}
}

// promises returns the statuses, headers, problems and fields of each operation, and
// the codes and places of violations.
func (d document) promises() map[string]bool {
	all := map[string]bool{}
	for _, o := range openapi.Operations() {
		for status, ref := range d.operation(o).Responses {
			at := o.ID + " " + status
			all[at] = true
			r := d.Components.Responses[ref.name()]
			for name := range r.Headers {
				all[at+": header "+http.CanonicalHeaderKey(name)] = true
			}
			for _, problemType := range d.problemTypes(r) {
				all[fmt.Sprintf("%s: %v", at, problemType)] = true
			}
			d.addFields(all, at+": ", r.Content["application/json"].Schema)
		}
	}
	for _, name := range []string{"ViolationCode", "ViolationPlace"} {
		for _, value := range d.Components.Schemas[name].Enum {
			all[fmt.Sprintf("%s %v", name, value)] = true
		}
	}
	return all
}

func (d document) addFields(all map[string]bool, at string, ref reference) {
	s := d.Components.Schemas[ref.name()]
	for name, property := range s.Properties {
		all[at+name] = true
		d.addFields(all, at+name+".", property.reference)
		if property.Items != nil {
			d.addFields(all, at+name+".", property.Items.reference)
		}
	}
}

// find returns the operation of a sample, and its status or 4XX or 5XX, under which
// the document has the response. A 404 of the gateway has no operation.
func (d document) find(s sample) (o openapi.Operation, status string, found bool) {
	for _, o := range openapi.Operations() {
		if o.Method != s.Method || o.Path != s.Path {
			continue
		}
		status := strconv.Itoa(s.Status)
		if _, named := d.operation(o).Responses[status]; !named {
			status = status[:1] + "XX"
		}
		return o, status, true
	}
	return openapi.Operation{}, "", false
}

// kept returns the promises that s keeps.
func (d document) kept(t *testing.T, s sample) []string {
	t.Helper()
	o, status, found := d.find(s)
	if !found {
		return nil
	}
	at := o.ID + " " + status
	all := []string{at}
	for name := range s.Header {
		all = append(all, at+": header "+name)
	}
	var body struct {
		Type   string
		Errors []struct{ In, Code string }
	}
	var fields any
	if err := errors.Join(json.Unmarshal(s.Body, &body), json.Unmarshal(s.Body, &fields)); err != nil {
		t.Fatal(err)
	}
	all = append(all, at+": "+body.Type)
	for _, e := range body.Errors {
		all = append(all, "ViolationCode "+e.Code, "ViolationPlace "+e.In)
	}
	return appendFields(all, at+": ", fields)
}

func appendFields(all []string, at string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			all = appendFields(append(all, at+name), at+name+".", value)
		}
	case []any:
		for _, item := range v {
			all = appendFields(all, at, item)
		}
	}
	return all
}

// TestViolationsNameTheirPlace: a violation in the body has a pointer. One elsewhere
// has the name of a parameter or header, and one of fewer codes.
func TestViolationsNameTheirPlace(t *testing.T) {
	t.Parallel()
	met := 0
	for _, s := range samples(t) {
		var body struct {
			Errors []struct {
				In, Code      string
				Pointer, Name *string
			}
		}
		if err := json.Unmarshal(s.Body, &body); err != nil {
			t.Fatal(err)
		}
		for _, e := range body.Errors {
			met++
			inBody := e.In == "body"
			if (e.Pointer != nil) != inBody || (e.Name != nil) == inBody {
				t.Errorf("%s: a violation in the %s has the pointer %v and the name %v", s.name, e.In, e.Pointer, e.Name)
			}
			if !inBody && !slices.Contains([]string{"malformed", "out-of-range", "not-allowed", "unknown-parameter"}, e.Code) {
				t.Errorf("%s: a violation in the %s has the code %s", s.name, e.In, e.Code)
			}
		}
	}
	if met == 0 {
		t.Error("no sample has a violation")
	}
}
