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

// keys are the keys of local tokens: the form of the file is that of the
// authorizer's AUTH_KEYS.
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

// loadKeys reads keys.json in the directory, made at the first call, and gives
// its text too. When two programs make it at once, both get the same keys. Only
// the default directory is made, too: another that is not there was misspelled.
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
		return keys{}, "", fmt.Errorf("%s is not readable (%w): remove it, and new keys are made", path, err)
	}
	if len(k.Bearer.Keys) == 0 || len(k.Session.Keys) == 0 {
		return keys{}, "", fmt.Errorf("%s holds no keys: remove it, and new ones are made", path)
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
	// A link, unlike a rename, leaves alone what somebody else made meanwhile.
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func newKeySet(id string) keySet {
	value := make([]byte, 32)
	_, _ = rand.Read(value) // It ends the program where there is no randomness.
	return keySet{Keys: []jwk{{
		Type:      "oct",
		ID:        id,
		Algorithm: "HS256",
		Use:       "sig",
		Value:     base64.RawURLEncoding.EncodeToString(value),
	}}}
}
