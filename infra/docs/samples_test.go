package docs_test

import (
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

// TestSamplesOfCode runs each of the document's samples as it stands. The
// server is unavailable at first, so that every sample has to repeat its
// request: unchanged, under the same key.
func TestSamplesOfCode(t *testing.T) {
	t.Parallel()
	for _, s := range readSamples(t) {
		t.Run(s.Label, func(t *testing.T) {
			t.Parallel()
			var stub stub
			server := httptest.NewServer(&stub)
			t.Cleanup(server.Close)
			cmd := s.command(t)
			cmd.Env = append(os.Environ(), "BASE_URL="+server.URL+"/main", "ACCESS_TOKEN=access", "SESSION_TOKEN=session", "KEY=a-uuid")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "userId") {
				t.Fatalf("%v: %s", err, out)
			}

			stub.mu.Lock()
			defer stub.mu.Unlock()
			if len(stub.requests) != 2 || stub.requests[0] != stub.requests[1] {
				t.Fatalf("%d requests, or different ones: %+v", len(stub.requests), stub.requests)
			}
			got := stub.requests[0]
			if got.key == "" {
				t.Error("the request has no Idempotency-Key")
			}
			got.key = ""
			want := sent{
				line:          "POST /main/users-organizations/v1/bo/users/register/1/organizations/1",
				authorization: "Bearer access", session: "session", contentType: "application/json",
				body: `{"permissions":{"group":0,"manage":[1,2],"read":[1,2]},"scope":1}`,
			}
			if got != want {
				t.Errorf("sent %+v\nwant %+v", got, want)
			}
		})
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
	return exec.CommandContext(t.Context(), run.command[0], arguments...) //nolint:gosec // G204: the document's own words.
}

// stub is unavailable once, then registers.
type stub struct {
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
	if len(s.requests) == 1 {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprint(w, `{"data":{"userId":1}}`)
}
