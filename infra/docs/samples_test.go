package docs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"users-organizations/infra/local/notes"
	"users-organizations/pkg/openapi"
)

// TestSamplesOfCode runs each of the document's samples as it stands, against
// servers that make it repeat its request, unchanged and under the same key,
// or that must not.
func TestSamplesOfCode(t *testing.T) {
	t.Parallel()
	for _, s := range readSamples(t) {
		for name, c := range map[string]struct {
			answers  []http.HandlerFunc
			requests int
			done     bool
		}{
			"unavailable once": {[]http.HandlerFunc{unavailable, registered}, 2, true},
			"cut off once":     {[]http.HandlerFunc{cutOff, registered}, 2, true},
			"refused":          {[]http.HandlerFunc{refused}, 1, false},
		} {
			t.Run(s.Label+"/"+name, func(t *testing.T) {
				t.Parallel()
				stub := stub{answers: c.answers}
				server := httptest.NewServer(&stub)
				t.Cleanup(server.Close)
				cmd := s.command(t)
				cmd.Env = append(os.Environ(), "BASE_URL="+server.URL+"/main", "ACCESS_TOKEN=access", "SESSION_TOKEN=session", "KEY=a-uuid")
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				err := cmd.Run()
				whole, half := strings.Contains(stdout.String(), "userId"), strings.Contains(stdout.String(), "scope")
				if (err == nil) != c.done || whole != c.done || half {
					t.Errorf("%v, want done: %v\n%s%s", err, c.done, &stdout, &stderr)
				}
				stub.check(t, c.requests)
			})
		}
	}
}

type sample struct{ Lang, Label, Source string }

func readSamples(t *testing.T) []sample {
	t.Helper()
	text, err := openapi.JSON("")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]struct {
			Post struct {
				Samples []sample `json:"x-codeSamples"`
			}
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var all []sample
	for _, path := range document.Paths {
		all = append(all, path.Post.Samples...)
	}
	if len(all) < 4 {
		t.Fatalf("the document has %d samples of code", len(all))
	}
	return all
}

// command runs the sample with what its language is run with.
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
		t.Fatalf("nobody knows how to run %s", s.Lang)
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
	cmd := exec.CommandContext(t.Context(), run.command[0], arguments...) //nolint:gosec // G204: the document's own words.
	cmd.Dir = filepath.Dir(file)
	return cmd
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// cutOff promises more bytes than come: the connection is closed after them.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "200")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprint(w, `{"data":{"scope":1,`)
}

func refused(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusConflict)
	_, _ = fmt.Fprint(w, `{"status":409}`)
}

func registered(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprint(w, `{"data":{"userId":1}}`)
}

// stub gives its answers one after the other, and the last one again and again.
type stub struct {
	answers []http.HandlerFunc

	mu       sync.Mutex
	requests []sent
}

// sent is what a sample sent, its body in one spelling.
type sent struct{ line, authorization, session, contentType, key, body string }

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var body any
	if json.Unmarshal(text, &body) == nil {
		text, _ = json.Marshal(body) //nolint:errchkjson // What was JSON is JSON.
	}
	s.requests = append(s.requests, sent{
		line:          r.Method + " " + r.URL.Path,
		authorization: r.Header.Get("Authorization"), session: r.Header.Get("X-Session-Token"),
		contentType: r.Header.Get("Content-Type"), key: r.Header.Get("Idempotency-Key"), body: string(text),
	})
	s.answers[min(len(s.requests), len(s.answers))-1](w, r)
}

// check wants that many requests, all the same.
func (s *stub) check(t *testing.T, requests int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) != requests {
		t.Fatalf("%d requests, want %d: %+v", len(s.requests), requests, s.requests)
	}
	key := s.requests[0].key
	if key == "" {
		t.Error("the request has no Idempotency-Key")
	}
	want := sent{
		line:          "POST /main/users-organizations/v1/bo/users/register/1/organizations/1",
		authorization: "Bearer access", session: "session", contentType: "application/json", key: key,
		body: `{"permissions":{"group":0,"manage":[1,2],"read":[1,2]},"scope":1}`,
	}
	for _, got := range s.requests {
		if got != want {
			t.Errorf("sent %+v\nwant %+v", got, want)
		}
	}
}
