package main

import (
	"context"
	"fmt"
	"net/http"

	"users-organizations/pkg/openapi"
)

// release deploys other code of one function. It finds the membership that was
// registered before.
func (d *deployment) release(ctx context.Context) (string, error) {
	const released = "RegisterFunction"
	before, err := d.codeHashes(ctx)
	if err != nil {
		return "", err
	}
	if err := d.assembly.release(serviceStack, released); err != nil {
		return "", err
	}
	if _, err := d.cdkDeploy(ctx); err != nil {
		return "", err
	}
	after, err := d.codeHashes(ctx)
	if err != nil {
		return "", err
	}
	for id := range after {
		if (after[id] != before[id]) != (id == released) {
			return "", fmt.Errorf("%s alone was released, and the code of %s was %s and is %s", released, id, before[id], after[id])
		}
	}
	if err := d.client.expect(ctx, http.StatusOK, openapi.Named("getUserOrganization"), ""); err != nil {
		return "", err
	}
	if err := d.client.expect(ctx, http.StatusConflict, openapi.Named("registerUserOrganization"), grant); err != nil {
		return "", err
	}
	return released + " alone has other code, and what was stored is served", nil
}

// codeHashes are the hashes of the functions' code, by logical id.
func (d *deployment) codeHashes(ctx context.Context) (map[string]string, error) {
	hashes := map[string]string{}
	for id, name := range d.names {
		var f struct{ CodeSha256 string }
		if err := d.aws.get(ctx, "lambda", functionPath(name)+"/configuration", &f); err != nil {
			return nil, err
		}
		hashes[id] = f.CodeSha256
	}
	return hashes, nil
}
