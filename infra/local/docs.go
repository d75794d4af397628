package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"users-organizations/infra/docs"
	"users-organizations/infra/local/template"
)

// newDocs makes the reference page of this system. It calls the API at its own
// origin, so it works under each name of this machine.
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

// besideDocs gives the page its paths, which are outside the stage, and all others
// to the gateway unchanged: a ServeMux would clean them.
func besideDocs(page, gateway http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		switch isPage := path == "/docs" || strings.HasPrefix(path, "/docs/") || path == "/openapi.json"; {
		case !isPage:
			gateway.ServeHTTP(w, r)
		case !isLoopback(r.Host):
			http.Error(w, "The reference page is served only at http://127.0.0.1 and http://localhost.", http.StatusMisdirectedRequest)
		default:
			page.ServeHTTP(w, r)
		}
	})
}

// isLoopback says whether a Host always means this machine. A website can give its
// own name this machine's address, and its scripts could then read the page's
// tokens (DNS rebinding).
func isLoopback(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}
