package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/token"
)

// secretLimits bound one load of the keys. A request may cause two loads, one of old
// keys and one for an unknown key. Both fit into the function's 3 s, with time left to
// respond.
var secretLimits = awsclient.Limits{Attempts: 2, Attempt: 550 * time.Millisecond, Pause: 100 * time.Millisecond}

// secrets are two secrets in Secrets Manager, each a JWK Set or a single JWK.
type secrets struct {
	client *secretsmanager.Client
	// bearer and session are the names or ARNs of the secrets.
	bearer, session string
}

// load reads the secrets one after the other, over one connection. Both together have
// the time that the limits give to one call.
func (s secrets) load(ctx context.Context) (*token.Keys, error) {
	ctx, cancel := context.WithTimeout(ctx, secretLimits.Longest())
	defer cancel()
	bearer, err := s.read(ctx, s.bearer)
	if err != nil {
		return nil, err
	}
	session, err := s.read(ctx, s.session)
	if err != nil {
		return nil, err
	}
	keys, err := token.ParseKeys(bearer, session)
	if err != nil {
		return nil, fmt.Errorf("secrets %s and %s: %w", s.bearer, s.session, err)
	}
	return keys, nil
}

func (s secrets) read(ctx context.Context, id string) ([]byte, error) {
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(id)})
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", id, err)
	}
	if out.SecretString != nil {
		return []byte(*out.SecretString), nil
	}
	return out.SecretBinary, nil
}
