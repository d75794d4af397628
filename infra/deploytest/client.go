package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"users-organizations/infra/conformance"
	"users-organizations/pkg/openapi"
)

// client calls the deployed API with tokens that it signs.
type client struct {
	// api is the id of the API.
	api, stage string
	// url is the stage's on this machine.
	url string
	// folder holds the keys.
	folder string
}

// newClient reads the address of the operation register as AWS would serve it,
// and calls the same API of the emulator.
func newClient(a account, folder, address string) (client, error) {
	path := openapi.Named("registerUserOrganization").Path
	form := fmt.Sprintf(`^https://([a-z0-9]+)\.execute-api\.%s\.amazonaws\.com/([^/]+)%s$`, regexp.QuoteMeta(a.region), regexp.QuoteMeta(path))
	parts := regexp.MustCompile(form).FindStringSubmatch(address)
	if parts == nil {
		return client{}, fmt.Errorf("the output Url is %q, which is not where an API serves %s", address, path)
	}
	return client{
		api: parts[1], stage: parts[2], folder: folder,
		url: a.url + "/_aws/execute-api/" + parts[1] + "/" + parts[2],
	}, nil
}

// keySets are the keys of both kinds of tokens.
type keySets struct {
	Bearer  keySet `json:"bearer"`
	Session keySet `json:"session"`
}

// keySet is a JWK Set (RFC 7517, section 5).
type keySet struct {
	Keys []json.RawMessage `json:"keys"`
}

// keys returns the signing keys; making tokens creates them.
func (c client) keys(ctx context.Context) (keySets, error) {
	var k keySets
	if _, err := c.caller(ctx); err != nil {
		return k, err
	}
	text, err := os.ReadFile(filepath.Join(c.folder, "keys.json"))
	if err != nil {
		return k, err
	}
	err = json.Unmarshal(text, &k)
	return k, err
}

// caller has tokens as the local system makes them.
func (c client) caller(ctx context.Context, arguments ...string) (conformance.Caller, error) {
	local := filepath.Join(hostBuilds, "local")
	command := exec.CommandContext(ctx, local, append([]string{"token", "-data", c.folder}, arguments...)...) //nolint:gosec // G204: our own words.
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return conformance.Caller{}, fmt.Errorf("making tokens: %w", err)
	}
	var tokens struct {
		Authorization string `json:"authorization"`
		Session       string `json:"x-session-token"`
	}
	if err := json.Unmarshal(text, &tokens); err != nil {
		return conformance.Caller{}, fmt.Errorf("reading tokens: %w", err)
	}
	return conformance.Caller{Bearer: strings.TrimPrefix(tokens.Authorization, "Bearer "), Session: tokens.Session}, nil
}

// target is the API with a caller of each kind.
func (c client) target(ctx context.Context) (conformance.Target, error) {
	t := conformance.Target{URL: c.url}
	for caller, arguments := range map[*conformance.Caller][]string{
		&t.Caller:   nil,
		&t.Other:    {"-user", "2"},
		&t.Reader:   {"-scope", "users-organizations:read"},
		&t.Unscoped: {"-scope", ""},
		&t.Expired:  {"-ttl", "-2m"},
	} {
		var err error
		if *caller, err = c.caller(ctx, arguments...); err != nil {
			return t, err
		}
	}
	return t, nil
}

// The pair that expect asks about, and what it is registered with.
const (
	user, organization = 7, 1
	grant              = `{"scope":1,"permissions":{"group":0,"manage":[],"read":[]}}`
)

// expect calls an operation about one pair and compares the status.
func (c client) expect(ctx context.Context, status int, o openapi.Operation, body string) error {
	caller, err := c.caller(ctx)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, o.Method, c.url+o.PathOf(user, organization), strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+caller.Bearer)
	request.Header.Set("X-Session-Token", caller.Session)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != status {
		return fmt.Errorf("%s is %d, want %d: %s", o.ID, response.StatusCode, status, text)
	}
	return nil
}
