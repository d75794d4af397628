package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheReferencePagesTokensAreGood(t *testing.T) {
	t.Parallel()
	renderer := filepath.Join(t.TempDir(), "renderer.js")
	if err := os.WriteFile(renderer, []byte("renderer()"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, options{arguments: []string{"-renderer", renderer}})
	s.output.wait(t, "/docs")

	_, settings, _ := strings.Cut(s.outside(t, "/docs/", 200), `type="application/json">`)
	settings, _, _ = strings.Cut(settings, "</script>")
	var page struct {
		Tokens struct{ Bearer, Session string }
	}
	if err := json.Unmarshal([]byte(settings), &page); err != nil {
		t.Fatalf("the page's settings %q: %v", settings, err)
	}
	a := s.send(t, s.register(t, "1/1").with(map[string]string{
		"Authorization": "Bearer " + page.Tokens.Bearer, "X-Session-Token": page.Tokens.Session,
	}))
	if a.status != 201 {
		t.Errorf("a registration with the page's tokens is answered %d %s", a.status, a.body)
	}
	if document := s.outside(t, "/openapi.json", 200); !strings.Contains(document, `"servers":[{"url":"/main"}]`) {
		t.Errorf("the document does not name this system as its server: %.300s", document)
	}
	if script := s.outside(t, "/docs/renderer.js", 200); script != "renderer()" {
		t.Errorf("the renderer is %.300s", script)
	}
}

func TestTheReferencePageWithoutItsRenderer(t *testing.T) {
	t.Parallel()
	s := start(t, options{arguments: []string{"-renderer", filepath.Join(t.TempDir(), "none.js")}})
	if said := s.outside(t, "/docs", 503); !strings.Contains(said, "make renderer") {
		t.Errorf("the page does not say what to do: %s", said)
	}
	if a := s.send(t, s.register(t, "1/1")); a.status != 201 {
		t.Errorf("a registration is answered %d %s", a.status, a.body)
	}
}

// outside gets a path that is not of the API, and so not in its document.
func (s *system) outside(t *testing.T, path string, status int) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(s.URL, "/main")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status {
		t.Errorf("%s is answered %d %.300s, want %d", path, response.StatusCode, body, status)
	}
	return string(body)
}
