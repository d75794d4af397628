package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"users-organizations/infra/docs"
	"users-organizations/infra/local/template"
)

// newDocs is the reference page of this system. It calls the API under its own
// origin, whichever name the browser knows it by.
func newDocs(s settings, t template.Template, k keys) (http.Handler, error) {
	renderer, err := os.ReadFile(s.renderer)
	if errors.Is(err, fs.ErrNotExist) {
		return noDocs(s.renderer), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the renderer of the reference page: %w", err)
	}
	site, err := docs.New(renderer, "/"+t.API.Stage)
	if err != nil {
		return nil, err
	}
	return site.Handler(func() (docs.Tokens, error) {
		minted, err := mint(k, defaultClaims(t), time.Now())
		return docs.Tokens{Bearer: strings.TrimPrefix(minted.Authorization, "Bearer "), Session: minted.Session}, err
	}), nil
}

func noDocs(renderer string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "The reference page needs "+renderer+": run `make renderer`, then start again.", http.StatusServiceUnavailable)
	})
}

// besideDocs gives the page its paths, which are outside the stage, and all
// the others to the gateway as they came: a ServeMux would clean them first.
func besideDocs(page, gateway http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.Path; path == "/docs" || strings.HasPrefix(path, "/docs/") || path == "/openapi.json" {
			page.ServeHTTP(w, r)
			return
		}
		gateway.ServeHTTP(w, r)
	})
}
