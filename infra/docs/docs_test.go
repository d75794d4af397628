package docs_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"users-organizations/infra/docs"
	"users-organizations/pkg/openapi"
)

func newSite(t *testing.T, server string) *docs.Site {
	t.Helper()
	site, err := docs.New([]byte("renderer()"), server)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func TestHandler(t *testing.T) {
	t.Parallel()
	document, err := openapi.JSON("/main")
	if err != nil {
		t.Fatal(err)
	}
	h := newSite(t, "/main").Handler(func() (docs.Tokens, error) { return docs.Tokens{Bearer: "b", Session: "s"}, nil })
	for path, want := range map[string]struct {
		status int
		kind   string
		body   string
	}{
		"/docs":              {302, "text/html", "/docs/"},
		"/docs/":             {200, "text/html", `{"tokens":{"bearer":"b","session":"s"}}`},
		"/docs/renderer.js":  {200, "text/javascript", "renderer()"},
		"/docs/page.js":      {200, "text/javascript", "createApiReference"},
		"/docs/page.css":     {200, "text/css", "body"},
		"/docs/openapi.json": {200, "application/json", string(document)},
		"/openapi.json":      {200, "application/json", string(document)},
		"/docs/docs.go":      {404, "text/plain", ""},
		"/docs/page/":        {404, "text/plain", ""},
	} {
		w := get(t, h, path)
		if kind := w.Header().Get("Content-Type"); w.Code != want.status || !strings.HasPrefix(kind, want.kind) ||
			!strings.Contains(w.Body.String(), want.body) {
			t.Errorf("%s: %d %s %.300s, want %d %s", path, w.Code, kind, w.Body, want.status, want.kind)
		}
		if cache := w.Header().Get("Cache-Control"); want.status == 200 && cache != "no-store" {
			t.Errorf("%s: Cache-Control is %q", path, cache)
		}
	}
}

func TestTokensAreFresh(t *testing.T) {
	t.Parallel()
	minted := 0
	h := newSite(t, "/main").Handler(func() (docs.Tokens, error) {
		minted++
		if minted == 3 {
			return docs.Tokens{}, errors.New("no key")
		}
		return docs.Tokens{Bearer: fmt.Sprint("bearer-", minted)}, nil
	})
	for _, want := range []string{"bearer-1", "bearer-2", "make tokens for the page: no key"} {
		if body := get(t, h, "/docs/").Body.String(); !strings.Contains(body, want) {
			t.Errorf("%q is not in the page:\n%s", want, body)
		}
	}
}

// loaded matches the names of the files that the page loads.
var loaded = regexp.MustCompile(`(?:src|href)="([^"]+)"|fetch\("([^"]+)"\)`)

func TestWrite(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "docs")
	if err := newSite(t, "https://api.example.com/main").Write(directory); err != nil {
		t.Fatal(err)
	}
	var names []string
	text := map[string]string{}
	files, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(directory, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		names, text[file.Name()] = append(names, file.Name()), string(content)
	}
	if want := []string{"index.html", "openapi.json", "page.css", "page.js", "renderer.js"}; !slices.Equal(names, want) {
		t.Errorf("wrote %v, want %v", names, want)
	}
	if !strings.Contains(text["index.html"], `{"tokens":null}`) {
		t.Errorf("the static page contains tokens: %s", text["index.html"])
	}
	if !strings.Contains(text["openapi.json"], `"servers":[{"url":"https://api.example.com/main"}]`) {
		t.Error("the document does not name the server")
	}
	for _, match := range loaded.FindAllStringSubmatch(text["index.html"]+text["page.js"], -1) {
		if name := match[1] + match[2]; text[name] == "" && !strings.HasPrefix(name, "data:") {
			t.Errorf("the page loads %s, and Write did not write it", name)
		}
	}
}
