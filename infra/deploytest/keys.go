package main

import "context"

// putKeys puts keys of our own into both secrets. Those that the emulator has made
// have characters which the template excludes.
func (d *deployment) putKeys(ctx context.Context) (string, error) {
	keys, err := d.client.keys(ctx)
	if err != nil {
		return "", err
	}
	if err := writeJSON(d.operator.file("keys.json"), keys.Bearer); err != nil {
		return "", err
	}
	if _, err := d.operator.run(ctx, "keys"); err != nil {
		return "", err
	}
	if err := writeJSON(d.operator.file("keys.json"), keys.Session); err != nil {
		return "", err
	}
	_, err = d.operator.again(ctx, "keys", "BearerKeysSecret", "SessionKeysSecret")
	return "a JWK Set in each secret", err
}
