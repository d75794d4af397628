// Package docs is the reference page of the API: Scalar (the npm package
// @scalar/api-reference) shows the OpenAPI document. The page loads nothing from
// other servers.
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

// Site is the page and all files that it loads.
type Site struct {
	index *template.Template
	files map[string][]byte
}

// Tokens are the tokens with which "Test Request" is filled in.
type Tokens struct {
	// Bearer is the token without the word Bearer.
	Bearer  string `json:"bearer"`
	Session string `json:"session"`
}

// New makes the page. renderer is the text of Scalar's standalone bundle. server
// is the URL of the API that the page calls, with its stage, and may be relative
// to the page; with an empty one the page calls the servers of the document. New
// returns an error where the document can't be read.
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

// html is the page itself. With tokens it may send requests only to the server
// that serves it; without, to any server that is chosen on it.
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

// Write writes the files of the page, without tokens, into a directory, which it
// creates if it is missing.
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

// Handler serves the page as /docs/, and the document as /openapi.json as well.
// It calls mint for fresh tokens each time the page is loaded, and responds with
// 500 if mint fails.
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
			http.Error(w, "make tokens for the page: "+err.Error(), http.StatusInternalServerError)
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
