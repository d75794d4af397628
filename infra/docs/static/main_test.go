package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheServerIsAURL(t *testing.T) {
	t.Parallel()
	renderer := filepath.Join(t.TempDir(), "renderer.js")
	if err := os.WriteFile(renderer, []byte("renderer()"), 0o600); err != nil {
		t.Fatal(err)
	}
	for server, good := range map[string]bool{
		"":                                true,
		"https://api.example.com/main":    true,
		"http://127.0.0.1:3000/main":      true,
		"foo":                             false,
		"/main":                           false,
		"api.example.com/main":            false,
		"https:///main":                   false,
		"ftp://api.example.com/main":      false,
		"https://api.example.com:no/main": false,
	} {
		out := filepath.Join(t.TempDir(), "docs")
		err := write(renderer, server, out)
		document, _ := os.ReadFile(filepath.Join(out, "openapi.json"))
		if good && (err != nil || !strings.Contains(string(document), `"url":"`+server)) {
			t.Errorf("%q: %v, want it in the document", server, err)
		}
		if !good && (err == nil || !strings.HasPrefix(err.Error(), "URL is ") || document != nil) {
			t.Errorf("%q: %v, want it refused and nothing written", server, err)
		}
	}
}
