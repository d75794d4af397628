package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keys are the keys of local tokens, in the form of the authorizer's AUTH_KEYS.
type keys struct {
	Bearer  keySet `json:"bearer"`
	Session keySet `json:"session"`
}

// keySet is a JWK Set (RFC 7517, section 5).
type keySet struct {
	Keys []jwk `json:"keys"`
}

// jwk is a symmetric JSON Web Key (RFC 7518, section 6.4).
type jwk struct {
	Type      string `json:"kty"`
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	// Value is the key in base64url.
	Value string `json:"k"`
}

// loadKeys gives the keys in keys.json of the directory, and the file's text. It
// makes the file if it is missing; two programs that do so at once get the same
// keys. It makes only the default directory: a missing other one was misspelled.
func loadKeys(directory string) (keys, string, error) {
	path := filepath.Join(directory, "keys.json")
	text, err := os.ReadFile(path) //nolint:gosec // The user names the directory.
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(directory); directory != defaultData && err != nil {
			return keys{}, "", fmt.Errorf("looking for local keys: %w", err)
		}
		if err := makeKeys(path); err != nil {
			return keys{}, "", fmt.Errorf("making the local keys: %w", err)
		}
		text, err = os.ReadFile(path) //nolint:gosec // As above.
	}
	if err != nil {
		return keys{}, "", fmt.Errorf("reading the local keys: %w", err)
	}
	var k keys
	if err := json.Unmarshal(text, &k); err != nil {
		return keys{}, "", fmt.Errorf("%s can't be read (%w): remove it to get new keys", path, err)
	}
	if len(k.Bearer.Keys) == 0 || len(k.Session.Keys) == 0 {
		return keys{}, "", fmt.Errorf("%s has no keys: remove it to get new ones", path)
	}
	return k, string(text), nil
}

func makeKeys(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(keys{Bearer: newKeySet("local-bearer"), Session: newKeySet("local-session")}, "", "  ")
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), "keys-*") // Its mode is 0600.
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.Write(append(text, '\n'))
	if err := errors.Join(err, draft.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, does not replace a file that another program has made.
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func newKeySet(id string) keySet {
	value := make([]byte, 32)
	_, _ = rand.Read(value) // It ends the program rather than fail.
	return keySet{Keys: []jwk{{
		Type:      "oct",
		ID:        id,
		Algorithm: "HS256",
		Use:       "sig",
		Value:     base64.RawURLEncoding.EncodeToString(value),
	}}}
}
