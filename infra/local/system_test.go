package main_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"users-organizations/infra/local/template"
	"users-organizations/pkg/child"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/openapi/openapitest"
	"users-organizations/pkg/telemetry/telemetrytest"
)

// registration is the operation of most tests.
var registration = openapi.Named("registerUserOrganization")

const (
	// order is the body of the API's example.
	order = `{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[1,2]}}`
	// startTimeout is long: it only ends tests that fail.
	startTimeout = time.Minute
)

// system is a running local system: the real program, with the real functions.
type system struct {
	URL       string
	Engine    string
	DynamoDB  string
	Table     string
	PID       int
	EnginePID int

	data    string
	process *child.Process
	output  *output
}

// options change how a system starts.
type options struct {
	// data is its data directory, a new one by default.
	data string
	// binaries is another folder of function binaries.
	binaries string
	// environment is added to its environment.
	environment []string
	arguments   []string
}

// start starts a system that ends with the test at the latest.
func start(t *testing.T, o options) *system {
	t.Helper()
	if o.data == "" {
		o.data = t.TempDir()
	}
	ready := filepath.Join(t.TempDir(), "ready.json")
	arguments := append([]string{"-port", "0", "-data", o.data, "-ready", ready}, o.arguments...)
	if o.binaries != "" {
		arguments = append(arguments, "-bin", o.binaries)
	}
	s := &system{data: o.data, output: &output{}}
	cmd := local(arguments...)
	cmd.Env = append(cmd.Env, o.environment...)
	cmd.Stdout, cmd.Stderr = s.output, s.output
	var err error
	if s.process, err = child.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.process.Stop()
		if t.Failed() {
			t.Logf("the local system printed:\n%s", s.output)
		}
	})
	s.read(t, ready)
	t.Logf("engine: %s at %s", s.Engine, s.DynamoDB)
	return s
}

// read waits for the ready file.
func (s *system) read(t *testing.T, ready string) {
	t.Helper()
	timeout := time.After(startTimeout)
	for {
		text, err := os.ReadFile(ready)
		if err == nil {
			if err := json.Unmarshal(text, s); err != nil {
				t.Fatal(err)
			}
			return
		}
		select {
		case <-s.process.Done():
			t.Fatalf("the local system ended at its start (%s):\n%s", s.process.Exit(), s.output)
		case <-timeout:
			t.Fatalf("the local system does not serve after %s:\n%s", startTimeout, s.output)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// local is the program, in the project's folder and without this machine's
// settings.
func local(arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), "./.local/bin/local", arguments...) //nolint:gosec // The tests' own words.
	cmd.Dir = root
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
	return cmd
}

// tokens gives the headers that `local token` prints.
func (s *system) tokens(t *testing.T, arguments ...string) map[string]string {
	t.Helper()
	out, err := local(append([]string{"token", "-data", s.data}, arguments...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var headers map[string]string
	if err := json.Unmarshal(out, &headers); err != nil {
		t.Fatal(err)
	}
	return headers
}

// request is one call of the system.
type request struct {
	method string
	path   string
	body   string
	header http.Header
}

// register gives a valid registration of a pair.
func (s *system) register(t *testing.T, pair string) request {
	t.Helper()
	user, organization, _ := strings.Cut(pair, "/")
	r := request{
		method: registration.Method,
		path:   registration.PathOf(user, organization),
		body:   order,
		header: http.Header{"Content-Type": {"application/json"}},
	}
	return r.with(s.tokens(t))
}

// with is r with other values of headers; an empty value removes a header.
func (r request) with(headers map[string]string) request {
	r.header = r.header.Clone()
	for name, value := range headers {
		r.header.Set(name, value)
		if value == "" {
			r.header.Del(name)
		}
	}
	return r
}

// response is the response to a request.
type response struct {
	status int
	header http.Header
	body   string
}

func (s *system) send(t *testing.T, r request) response {
	t.Helper()
	call, err := http.NewRequestWithContext(t.Context(), r.method, s.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	call.Header = r.header.Clone()
	got, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	return read(t, got).inContract(t, r)
}

func read(t *testing.T, got *http.Response) response {
	t.Helper()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{status: got.StatusCode, header: got.Header, body: string(body)}
}

// inContract checks the response to r against the contract.
func (a response) inContract(t *testing.T, r request) response {
	t.Helper()
	openapitest.Check(t, r.method, r.path, a.status, a.header, []byte(a.body))
	return a
}

// problem reads the response's problem details; the response must be one.
func (a response) problem(t *testing.T) map[string]any {
	t.Helper()
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("the response is %s: %s", kind, a.body)
	}
	return a.object(t)
}

func (a response) object(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(a.body), &object); err != nil {
		t.Fatalf("the response %q: %v", a.body, err)
	}
	return object
}

// client is a client of the system's DynamoDB.
func (s *system) client() *dynamodb.Client { return engine.Client(s.DynamoDB) }

// copyFunctions makes a folder with the real function binaries, which a test can
// replace.
func copyFunctions(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range functionNames(t) {
		binary, err := filepath.Abs(filepath.Join(root, ".local/bin", name, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(binary, filepath.Join(folder, name, "bootstrap")); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// functionNames gives the functions that template.yaml declares.
func functionNames(t *testing.T) []string {
	t.Helper()
	declared, err := template.Read(filepath.Join(root, "template.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, function := range declared.Functions {
		names = append(names, path.Base(function.Folder))
	}
	return names
}

// replace replaces a function by a shell script, and gives a function that undoes
// it.
func replace(t *testing.T, folder, function, script string) func() {
	t.Helper()
	path := filepath.Join(folder, function, "bootstrap")
	if err := os.Rename(path, path+".real"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil { //nolint:gosec // A program.
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.Rename(path+".real", path); err != nil {
			t.Fatal(err)
		}
	}
}

// output is the output of a system.
type output struct{ telemetrytest.Output }

// wait waits until text has been printed.
func (o *output) wait(t *testing.T, text string) {
	t.Helper()
	until(t, "the terminal shows "+text, func() bool { return strings.Contains(o.String(), text) })
}

// until waits until happened is true.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if happened() {
			return
		}
	}
	t.Errorf("waited %s until %s: in vain", startTimeout, what)
}
