package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"users-organizations/pkg/openapi"
	"users-organizations/pkg/token"
)

// rotateKeys adds a key to those of bearer tokens, puts the version before back,
// and undoes that.
func (d *deployment) rotateKeys(ctx context.Context) (string, error) {
	keys, err := d.addKey(ctx)
	if err != nil {
		return "", err
	}
	return "the new key signs and the old one still does; the version before is put back, and that undone", d.putBack(ctx, keys)
}

// addKey returns the number of keys that there are then.
func (d *deployment) addKey(ctx context.Context) (int, error) {
	key, err := d.operator.run(ctx, "make a key")
	if err != nil {
		return 0, err
	}
	rotation := d.operator.file(".local/rotation.json")
	text, err := os.ReadFile(rotation) //nolint:gosec // G304: our own file.
	if err != nil {
		return 0, err
	}
	var set keySet
	if err := json.Unmarshal(text, &set); err != nil {
		return 0, fmt.Errorf("reading %s: %w", rotation, err)
	}
	set.Keys = append(set.Keys, json.RawMessage(key))
	if err := writeJSON(rotation, set); err != nil {
		return 0, err
	}
	if _, err := d.operator.run(ctx, "add a key"); err != nil {
		return 0, err
	}
	if _, err := os.Stat(rotation); err == nil {
		return 0, fmt.Errorf("the keys stay behind in %s", rotation)
	}
	issuer, err := d.signsWith(ctx, key)
	if err != nil {
		return 0, err
	}
	get := openapi.Named("getUserOrganization")
	err = eventually(ctx, token.MaxAge+time.Minute, func() error { return issuer.expect(ctx, http.StatusOK, get, "") })
	if err != nil {
		return 0, fmt.Errorf("with the new key: %w", err)
	}
	if err := d.client.expect(ctx, http.StatusOK, get, ""); err != nil {
		return 0, fmt.Errorf("with the old key: %w", err)
	}
	return len(set.Keys), nil
}

// putBack puts the version before back, which has one key less, and undoes that.
func (d *deployment) putBack(ctx context.Context, keys int) error {
	const part = "put the previous keys back"
	if _, err := d.operator.run(ctx, part); err != nil {
		return err
	}
	if err := d.hasBearerKeys(ctx, keys-1); err != nil {
		return fmt.Errorf("after the version before was put back: %w", err)
	}
	if _, err := d.operator.again(ctx, part); err != nil {
		return err
	}
	if err := d.hasBearerKeys(ctx, keys); err != nil {
		return fmt.Errorf("after that was undone: %w", err)
	}
	return nil
}

// signsWith is a client whose bearer tokens are signed with that key alone.
func (d *deployment) signsWith(ctx context.Context, key string) (client, error) {
	keys, err := d.client.keys(ctx)
	if err != nil {
		return client{}, err
	}
	c := d.client
	c.folder = filepath.Join(d.folder, "issuer")
	if err := os.Mkdir(c.folder, 0o700); err != nil {
		return client{}, err
	}
	keys.Bearer.Keys = []json.RawMessage{json.RawMessage(key)}
	return c, writeJSON(filepath.Join(c.folder, "keys.json"), keys)
}

// hasBearerKeys holds the number of keys in the secret of bearer tokens.
func (d *deployment) hasBearerKeys(ctx context.Context, want int) error {
	var secret struct{ SecretString string }
	err := d.aws.action(ctx, "secretsmanager", "secretsmanager.GetSecretValue", map[string]string{"SecretId": d.bearerSecret}, &secret)
	if err != nil {
		return err
	}
	var set keySet
	if err := json.Unmarshal([]byte(secret.SecretString), &set); err != nil {
		return fmt.Errorf("reading the secret: %w", err)
	}
	if len(set.Keys) != want {
		return fmt.Errorf("the secret has %d keys, want %d", len(set.Keys), want)
	}
	return nil
}

func writeJSON(file string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
