package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// awsCLI runs the AWS CLI and gives its output. The CLI finds credentials as in the
// user's own terminal.
type awsCLI func(ctx context.Context, arguments ...string) ([]byte, error)

func runAWS(ctx context.Context, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "aws", append(arguments, "--output", "json")...) //nolint:gosec // Our own words.
	var messages bytes.Buffer
	command.Stderr = &messages
	printed, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("the AWS CLI (aws) is needed to read a deployed stack: install it first")
	}
	if err != nil {
		return nil, fmt.Errorf("aws %s %s: %w: %s", arguments[0], arguments[1], err, bytes.TrimSpace(messages.Bytes()))
	}
	return printed, nil
}

// in sets the region, whatever the environment variables and the profile say.
func (aws awsCLI) in(region string) awsCLI {
	return func(ctx context.Context, arguments ...string) ([]byte, error) {
		return aws(ctx, append(arguments, "--region", region)...)
	}
}

// regionOf reads the region of an environment from samconfig.toml, which a test of
// infra/ compares with the environment's settings.
func regionOf(config, environment string) (string, error) {
	text, err := os.ReadFile(config) //nolint:gosec // A file that the caller has named.
	if err != nil {
		return "", fmt.Errorf("finding the region of %s: %w", environment, err)
	}
	_, section, _ := strings.Cut(string(text), "\n["+environment+".global.parameters]\n")
	section, _, _ = strings.Cut(section, "\n[")
	_, rest, _ := strings.Cut(section, `region = "`)
	region, _, found := strings.Cut(rest, `"`)
	if !found {
		return "", fmt.Errorf("%s has no region for an environment %q", config, environment)
	}
	return region, nil
}

// readDeployed gives the keys and the variables of the authorizer that is
// deployed in an environment.
func readDeployed(ctx context.Context, aws awsCLI, environment string) (keys, map[string]string, error) {
	var found struct {
		StackResourceDetail struct{ PhysicalResourceId string } //nolint:revive // AWS's own name.
	}
	err := readAWS(ctx, aws, &found, "cloudformation", "describe-stack-resource",
		"--stack-name", "users-organizations-"+environment, "--logical-resource-id", "AuthorizerFunction")
	if err != nil {
		return keys{}, nil, fmt.Errorf("finding the authorizer of %s: %w", environment, err)
	}
	var function struct {
		Environment struct{ Variables map[string]string }
	}
	err = readAWS(ctx, aws, &function, "lambda", "get-function-configuration",
		"--function-name", found.StackResourceDetail.PhysicalResourceId)
	if err != nil {
		return keys{}, nil, fmt.Errorf("reading the authorizer of %s: %w", environment, err)
	}
	variables := function.Environment.Variables
	bearer, err := readSecret(ctx, aws, variables["AUTH_BEARER_KEYS_SECRET_ID"])
	if err != nil {
		return keys{}, nil, fmt.Errorf("reading the keys of bearer tokens: %w", err)
	}
	session, err := readSecret(ctx, aws, variables["AUTH_SESSION_KEYS_SECRET_ID"])
	if err != nil {
		return keys{}, nil, fmt.Errorf("reading the keys of session tokens: %w", err)
	}
	return keys{Bearer: bearer, Session: session}, variables, nil
}

// readSecret reads a JWK Set, or a single JWK as a set of one. Its errors have no
// part of the secret.
func readSecret(ctx context.Context, aws awsCLI, id string) (keySet, error) {
	var secret struct{ SecretString string }
	if err := readAWS(ctx, aws, &secret, "secretsmanager", "get-secret-value", "--secret-id", id); err != nil {
		return keySet{}, err
	}
	var document struct {
		jwk
		keySet
	}
	if err := json.NewDecoder(strings.NewReader(secret.SecretString)).Decode(&document); err != nil {
		return keySet{}, errors.New("the secret is neither a JWK nor a JWK Set")
	}
	if len(document.Keys) == 0 {
		document.Keys = []jwk{document.jwk}
	}
	return document.keySet, nil
}

func readAWS(ctx context.Context, aws awsCLI, into any, arguments ...string) error {
	printed, err := aws(ctx, arguments...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(printed, into); err != nil {
		return fmt.Errorf("aws %s %s did not print JSON: %w", arguments[0], arguments[1], err)
	}
	return nil
}
