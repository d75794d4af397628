package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheReferencePagesTokensAreAccepted(t *testing.T) {
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
		t.Errorf("a registration with the page's tokens gets %d %s", a.status, a.body)
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
	if page := s.outside(t, "/docs", 503); !strings.Contains(page, "make renderer") {
		t.Errorf("the page does not say what to do: %s", page)
	}
	if a := s.send(t, s.register(t, "1/1")); a.status != 201 {
		t.Errorf("a registration gets %d %s", a.status, a.body)
	}
}

// TestTheTokensStayOnThisMachine: a website can give its own name this machine's
// address.
func TestTheTokensStayOnThisMachine(t *testing.T) {
	t.Parallel()
	s := start(t, options{arguments: []string{"-renderer", "go.mod"}})
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		u.Host: 200, "localhost:" + u.Port(): 200, "localhost": 200, "[::1]:" + u.Port(): 200, "127.0.0.1": 200,
		"evil.example": 421, "evil.example:" + u.Port(): 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "0.0.0.0": 421,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+u.Host+"/docs/", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if hasTokens := strings.Contains(string(body), `"bearer"`); response.StatusCode != want || hasTokens != (want == 200) {
			t.Errorf("to %s it responds %d, with tokens: %v; want %d", host, response.StatusCode, hasTokens, want)
		}
	}
}

// outside gets a path outside the API, which the contract does not describe.
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
		t.Errorf("%s gets %d %.300s, want %d", path, response.StatusCode, body, status)
	}
	return string(body)
}
