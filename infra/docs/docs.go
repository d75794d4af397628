// Package docs is the reference page of the API: the OpenAPI document, drawn
// by Scalar (the npm package @scalar/api-reference), with nothing fetched from
// elsewhere.
package docs

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"users-organizations/pkg/openapi"
)

//go:embed page
var page embed.FS

// Site is the page and all that it loads, by file name.
type Site struct {
	index *template.Template
	files map[string][]byte
}

// Tokens are what "Test Request" sends from the start.
type Tokens struct {
	// Bearer is the token without the word Bearer.
	Bearer  string `json:"bearer"`
	Session string `json:"session"`
}

// New is the page with the text of Scalar's standalone bundle. It shows and
// calls the API at server, a URL with the stage that may be relative to the
// page, or those that the document names where server is empty.
func New(renderer []byte, server string) (*Site, error) {
	index, err := template.ParseFS(page, "page/index.html")
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	document, err := openapi.JSON(server)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"openapi.json": document, "renderer.js": renderer}
	for _, name := range []string{"page.js", "page.css"} {
		if files[name], err = page.ReadFile("page/" + name); err != nil {
			return nil, fmt.Errorf("read the page: %w", err)
		}
	}
	return &Site{index, files}, nil
}

// html is the page itself. One that is served by its API, with tokens, sends
// requests to it alone; any other one to whichever server is chosen on it.
func (s *Site) html(tokens *Tokens) ([]byte, error) {
	connect := "'self' https: http://127.0.0.1:*"
	if tokens != nil {
		connect = "'self'"
	}
	var b bytes.Buffer
	err := s.index.Execute(&b, map[string]any{"Connect": connect, "Settings": map[string]any{"tokens": tokens}})
	if err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), nil
}

// Write puts the page into a directory, for any web server.
func (s *Site) Write(directory string) error {
	html, err := s.html(nil)
	if err != nil {
		return err
	}
	files := maps.Clone(s.files)
	files["index.html"] = html
	if err := os.MkdirAll(directory, 0o755); err != nil { //nolint:gosec // G301: a web server has to read it.
		return fmt.Errorf("make the page's directory: %w", err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(directory, name), text, 0o644); err != nil { //nolint:gosec // G306: as above.
			return fmt.Errorf("write the page: %w", err)
		}
	}
	return nil
}

// Handler serves the page as /docs/ and the document as /openapi.json, too.
// The page comes with fresh tokens each time it is loaded.
func (s *Site) Handler(mint func() (Tokens, error)) http.Handler {
	serve := func(w http.ResponseWriter, r *http.Request, name string, text []byte) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
	}
	mux := http.NewServeMux()
	mux.Handle("GET /docs", http.RedirectHandler("/docs/", http.StatusFound))
	mux.HandleFunc("GET /docs/{$}", func(w http.ResponseWriter, r *http.Request) {
		tokens, err := mint()
		if err != nil {
			http.Error(w, "there are no tokens for the page: "+err.Error(), http.StatusInternalServerError)
			return
		}
		html, err := s.html(&tokens)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		serve(w, r, "index.html", html)
	})
	for name, text := range s.files {
		mux.HandleFunc("GET /docs/"+name, func(w http.ResponseWriter, r *http.Request) { serve(w, r, name, text) })
	}
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, "openapi.json", s.files["openapi.json"])
	})
	return mux
}
