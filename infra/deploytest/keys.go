package main

import (
	"context"
	"encoding/json"
)

// putKeys puts keys of our own into both secrets, as an operator would. Those
// that the emulator has made have characters which the template excludes.
func (d *deployment) putKeys(ctx context.Context) (string, error) {
	keys, err := d.client.keys(ctx)
	if err != nil {
		return "", err
	}
	for output, set := range map[string]any{"BearerKeysSecret": keys.Bearer, "SessionKeysSecret": keys.Session} {
		secret, err := d.outputs.take(output)
		if err != nil {
			return "", err
		}
		if err := d.aws.putSecret(ctx, secret, set); err != nil {
			return "", err
		}
	}
	return "a JWK Set in each secret", nil
}

func (a account) putSecret(ctx context.Context, secret string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return a.action(ctx, "secretsmanager", "secretsmanager.PutSecretValue",
		map[string]string{"SecretId": secret, "SecretString": string(text)}, nil)
}
