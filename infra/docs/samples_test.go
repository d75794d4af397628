package docs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"users-organizations/pkg/notes"
	"users-organizations/pkg/openapi"
)

// languages are the languages of the samples of an operation.
var languages = []string{"Shell", "JavaScript", "Python", "Go"}

// script is how a server responds to a sample, and what the sample must do.
type script struct {
	// responses are sent one after the other. The last one repeats.
	responses []http.HandlerFunc
	// requests are the requests that the sample must send.
	requests []sent
	// done is whether the sample must succeed. Only then it must print printed.
	done    bool
	printed string
}

// scripts are the scripts by operation and case. After some responses a sample
// must repeat its request unchanged, after others it must not repeat it.
var scripts = map[string]map[string]script{
	"registerUserOrganization": func() map[string]script {
		o := openapi.Named("registerUserOrganization")
		request := sent{
			line: o.Method + " /main" + o.PathOf(1, 1),
			body: `{"permissions":{"group":0,"manage":[1,2],"read":[1,2]},"scope":1}`,
		}
		twice := []sent{request, request}
		return map[string]script{
			"unavailable once": {[]http.HandlerFunc{unavailable, registered}, twice, true, "userId"},
			"cut off once":     {[]http.HandlerFunc{cutOff, registered}, twice, true, "userId"},
			"refused":          {[]http.HandlerFunc{refused}, twice[:1], false, "userId"},
		}
	}(),
	"changeUserOrganization": func() map[string]script {
		get, change := openapi.Named("getUserOrganization"), openapi.Named("changeUserOrganization")
		look := sent{line: get.Method + " /main" + get.PathOf(1, 1)}
		write := func(etag string) sent {
			return sent{line: change.Method + " /main" + change.PathOf(1, 1), ifMatch: etag, body: `{"scope":2}`}
		}
		respond := func(status, scope int, etag string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("ETag", etag)
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"data":{"scope":%d}}`, scope)
			}
		}
		first, second := respond(200, 1, `"a1"`), respond(200, 1, `"b2"`)
		faster, changed := respond(412, 1, `"b2"`), respond(200, 2, `"c3"`)
		return map[string]script{
			"somebody is faster": {[]http.HandlerFunc{first, faster, second, changed}, []sent{look, write(`"a1"`), look, write(`"b2"`)}, true, "scope"},
			"unavailable once":   {[]http.HandlerFunc{first, unavailable, changed}, []sent{look, write(`"a1"`), write(`"a1"`)}, true, "scope"},
			"cut off once":       {[]http.HandlerFunc{first, cutOff, changed}, []sent{look, write(`"a1"`), write(`"a1"`)}, true, "scope"},
			"nothing to do":      {[]http.HandlerFunc{changed}, []sent{look}, true, "scope"},
			"refused":            {[]http.HandlerFunc{refused}, []sent{look}, false, "scope"},
		}
	}(),
	"listOrganizationUsers": func() map[string]script {
		o := openapi.Named("listOrganizationUsers")
		first := sent{line: o.Method + " /main" + o.PathOf(1) + "?pageSize=100"}
		second := sent{line: first.line + "&cursor=a%2Fb%3D"}
		page := func(text, next string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				cursor := "null"
				if next != "" {
					cursor = strconv.Quote(next)
					w.Header().Set("Link", "<?pageSize=100&cursor="+url.QueryEscape(next)+`>; rel="next"`)
				}
				_, _ = fmt.Fprintf(w, `{"data":[{"text":%q}],"pagination":{"next":%s}}`, text, cursor)
			}
		}
		return map[string]script{
			"two pages, the second cut off once": {
				[]http.HandlerFunc{page("page 1", "a/b="), cutOff, page("page 2", "")}, []sent{first, second, second}, true, "page 2",
			},
			"unavailable once": {[]http.HandlerFunc{unavailable, page("page 1", "")}, []sent{first, first}, true, "page 1"},
			"refused":          {[]http.HandlerFunc{refused}, []sent{first}, false, "page"},
		}
	}(),
}

// Each sample of the document runs unchanged, with every script of its operation.
func TestSamplesOfCode(t *testing.T) {
	t.Parallel()
	for id, samples := range readSamples(t) {
		if scripts[id] == nil {
			t.Errorf("%s has samples and no script: add one to scripts", id)
		}
		for _, s := range samples {
			for name, script := range scripts[id] {
				t.Run(id+"/"+s.Label+"/"+name, func(t *testing.T) {
					t.Parallel()
					stub := stub{responses: script.responses}
					server := httptest.NewServer(&stub)
					t.Cleanup(server.Close)
					cmd := s.command(t)
					// With the Makefile's flags go reuses the compiled standard library.
					cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath", "BASE_URL="+server.URL+"/main", "ACCESS_TOKEN=access", "SESSION_TOKEN=session", "KEY=a-uuid")
					var stdout, stderr bytes.Buffer
					cmd.Stdout, cmd.Stderr = &stdout, &stderr
					err := cmd.Run()
					printed, half := strings.Contains(stdout.String(), script.printed), strings.Contains(stdout.String(), "half")
					if (err == nil) != script.done || printed != script.done || half {
						t.Errorf("%v, want done: %v\n%s%s", err, script.done, &stdout, &stderr)
					}
					stub.check(t, script.requests)
				})
			}
		}
	}
}

type sample struct{ Lang, Label, Source string }

// readSamples returns the samples of the operations, by operation id.
func readSamples(t *testing.T) map[string][]sample {
	t.Helper()
	text, err := openapi.JSON("")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			Samples []sample `json:"x-codeSamples"`
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	all := map[string][]sample{}
	for _, o := range openapi.Operations() {
		samples := document.Paths[o.Path][strings.ToLower(o.Method)].Samples
		if len(samples) == 0 {
			continue
		}
		all[o.ID] = samples
		var got []string
		for _, s := range samples {
			got = append(got, s.Lang)
		}
		if !slices.Equal(got, languages) {
			t.Errorf("%s has samples in %v, want %v", o.ID, got, languages)
		}
	}
	for id := range scripts {
		if all[id] == nil {
			t.Errorf("%s has no samples of code", id)
		}
	}
	return all
}

// command runs the sample with the interpreter or compiler of its language.
func (s sample) command(t *testing.T) *exec.Cmd {
	t.Helper()
	run := map[string]struct {
		file    string
		command []string
	}{
		"Shell":      {"sample.sh", []string{"sh"}},
		"JavaScript": {"sample.mjs", []string{"node"}},
		"Python":     {"sample.py", []string{"python3"}},
		"Go":         {"sample.go", []string{"go", "run"}},
	}[s.Lang]
	if run.file == "" {
		t.Fatalf("there is no command for samples in %s", s.Lang)
	}
	if _, err := exec.LookPath(run.command[0]); err != nil {
		notes.Add(t, "the page's sample in %s: NOT RUN, %s is not installed", s.Lang, run.command[0])
		t.SkipNow()
	}
	file := filepath.Join(t.TempDir(), run.file)
	if err := os.WriteFile(file, []byte(s.Source), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := slices.Concat(run.command[1:], []string{file})
	cmd := exec.CommandContext(t.Context(), run.command[0], arguments...) //nolint:gosec // G204: a sample of the document.
	cmd.Dir = filepath.Dir(file)
	return cmd
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// cutOff sends fewer bytes than its Content-Length, and closes the connection.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "200")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprint(w, `{"data":{"half":1,`)
}

func refused(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusConflict)
	_, _ = fmt.Fprint(w, `{"status":409}`)
}

func registered(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprint(w, `{"data":{"userId":1}}`)
}

// stub follows a script and keeps the requests.
type stub struct {
	responses []http.HandlerFunc

	mu       sync.Mutex
	requests []sent
	header   []http.Header
}

// sent is a request of a sample, without the headers that all requests have, and
// with its body as normalized JSON.
type sent struct{ line, ifMatch, body string }

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var body any
	if json.Unmarshal(text, &body) == nil {
		text, _ = json.Marshal(body) //nolint:errchkjson // It was decoded from JSON.
	}
	s.requests = append(s.requests, sent{r.Method + " " + r.URL.RequestURI(), r.Header.Get("If-Match"), string(text)})
	s.header = append(s.header, r.Header)
	s.responses[min(len(s.requests), len(s.responses))-1](w, r)
}

// check compares the requests with want. Each must have both tokens, a body must
// be sent as JSON, and all POSTs must have the same Idempotency-Key.
func (s *stub) check(t *testing.T, want []sent) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.requests, want) {
		t.Errorf("sent %+v\nwant %+v", s.requests, want)
	}
	for i, got := range s.requests {
		header := s.header[i]
		if header.Get("Authorization") != "Bearer access" || header.Get("X-Session-Token") != "session" {
			t.Errorf("%s was sent without its tokens: %v", got.line, header)
		}
		if got.body != "" && header.Get("Content-Type") != "application/json" {
			t.Errorf("%s was sent with the Content-Type %q", got.line, header.Get("Content-Type"))
		}
		if key := header.Get("Idempotency-Key"); strings.HasPrefix(got.line, http.MethodPost) && (key == "" || key != s.header[0].Get("Idempotency-Key")) {
			t.Errorf("%s was sent under the Idempotency-Key %q", got.line, key)
		}
	}
}
