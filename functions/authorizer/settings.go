package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/token"
)

const (
	bearerSecretVariable  = "AUTH_BEARER_KEYS_SECRET_ID"  //nolint:gosec // a variable's name, not a secret
	sessionSecretVariable = "AUTH_SESSION_KEYS_SECRET_ID" //nolint:gosec // a variable's name, not a secret
	keysVariable          = "AUTH_KEYS"
	endpointVariable      = "AWS_ENDPOINT_URL_SECRETS_MANAGER"
)

// readRules reads the rules of the deployment for bearer tokens.
func readRules(getenv func(string) string) (token.Rules, error) {
	prefix, err := caller.ScopePrefix(getenv)
	if err != nil {
		return token.Rules{}, err
	}
	return token.Rules{Issuer: getenv("AUTH_ISSUER"), Audience: getenv("AUTH_AUDIENCE"), Prefix: prefix}, nil
}

// keySource loads the keys of both kinds of token.
type keySource func(context.Context) (*token.Keys, error)

// newKeySource reads where the keys are: in two secrets or, for local runs, in
// the environment itself.
func newKeySource(getenv func(string) string) (keySource, error) {
	bearer, session, keys := getenv(bearerSecretVariable), getenv(sessionSecretVariable), getenv(keysVariable)
	switch {
	case keys != "" && bearer+session != "":
		return nil, errors.New(keysVariable + " is set beside " + bearerSecretVariable + " or " + sessionSecretVariable +
			": keep the two secrets, or " + keysVariable + " for a local run")
	case keys != "":
		return environmentKeys(keys)
	case bearer == "":
		return nil, errors.New(bearerSecretVariable + " is not set: name the secret with the keys of bearer tokens")
	case session == "":
		return nil, errors.New(sessionSecretVariable + " is not set: name the secret with the keys of session tokens")
	}
	cfg, err := awsclient.Config(getenv, endpointVariable, secretLimits)
	if err != nil {
		return nil, err
	}
	return secrets{client: secretsmanager.NewFromConfig(cfg), bearer: bearer, session: session}.load, nil
}

func environmentKeys(text string) (keySource, error) {
	keys, err := token.ParseKeyFile([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keysVariable, err)
	}
	return func(context.Context) (*token.Keys, error) { return keys, nil }, nil
}
