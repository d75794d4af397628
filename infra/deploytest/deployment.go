package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"users-organizations/infra/conformance"
	"users-organizations/pkg/openapi"
)

// deployment is a run: what its steps share.
type deployment struct {
	folder   string
	assembly assembly
	template template
	aws      account
	// atFirst is what was in the account before the stack.
	atFirst []string
	outputs outputs
	// names are those of the functions, by logical id.
	names  map[string]string
	client client
}

// prepare puts the host's builds into a copy of the assembly.
func prepare(folder string) (*deployment, error) {
	a, err := copyAssembly(synthesized, filepath.Join(folder, "assembly"))
	if err != nil {
		return nil, err
	}
	place, err := a.place(serviceStack)
	if err != nil {
		return nil, err
	}
	template, err := a.template(serviceStack)
	if err != nil {
		return nil, err
	}
	d := &deployment{folder: folder, assembly: a, template: template, aws: account{place: place}, names: map[string]string{}}
	return d, errors.Join(checkKinds(template), a.useBuilds(serviceStack, hostBuilds))
}

// step is a part of the run. do says what it has found.
type step struct {
	name string
	do   func(context.Context) (string, error)
}

func (d *deployment) steps() []step {
	return []step{
		{"bootstrap", d.bootstrap},
		{"deploy", d.deploy},
		{"outputs", d.readOutputs},
		{"keys", d.putKeys},
		{"permissions", d.checkPermissions},
		{"conformance", d.conform},
		{"deploy again", d.deployAgain},
		{"release", d.release},
		{"destroy", d.destroy},
	}
}

func (d *deployment) cdk(ctx context.Context, arguments ...string) (string, error) {
	return d.aws.cdk(ctx, d.folder, d.assembly, arguments...)
}

func (d *deployment) bootstrap(ctx context.Context) (string, error) {
	if _, err := d.cdk(ctx, "bootstrap", "aws://"+d.aws.account+"/"+d.aws.region); err != nil {
		return "", err
	}
	if err := d.aws.allowPlainHTTP(ctx); err != nil {
		return "", err
	}
	var err error
	d.atFirst, err = inventory(ctx, d.aws)
	return "CDKToolkit", err
}

func (d *deployment) outputsFile() string { return filepath.Join(d.folder, "outputs.json") }

func (d *deployment) cdkDeploy(ctx context.Context) (string, error) {
	return d.cdk(ctx, "deploy", "--all", "--require-approval", "never", "--outputs-file", d.outputsFile())
}

func (d *deployment) deploy(ctx context.Context) (string, error) {
	if _, err := d.cdkDeploy(ctx); err != nil {
		return "", err
	}
	now, err := inventory(ctx, d.aws)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d resources", len(d.template.Resources)), listsAll(d.template, left(d.atFirst, now))
}

// readOutputs holds each output to what it names. The secrets are tried by the
// step keys, the URL by conformance.
func (d *deployment) readOutputs(ctx context.Context) (string, error) {
	var err error
	if d.outputs, err = readOutputs(d.outputsFile(), serviceStack); err != nil {
		return "", err
	}
	all := len(d.outputs)
	region, err := d.outputs.take("Region")
	if err != nil {
		return "", err
	}
	if region != d.aws.region {
		return "", fmt.Errorf("the output Region is %q, want %q", region, d.aws.region)
	}
	for id := range d.template.codes() {
		if d.names[id], err = d.generated(id+"Name", id); err != nil {
			return "", err
		}
		if _, err := d.codeOf(ctx, id); err != nil {
			return "", err
		}
	}
	table, err := d.generated("TableName", "MembershipsTable")
	if err != nil {
		return "", err
	}
	if err := d.aws.action(ctx, "dynamodb", "DynamoDB_20120810.DescribeTable", map[string]string{"TableName": table}, nil); err != nil {
		return "", err
	}
	address, err := d.outputs.take("Url")
	if err != nil {
		return "", err
	}
	if d.client, err = newClient(d.aws, d.folder, address); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d, each names what is there", all), nil
}

// generated takes the output with the name that was generated for a resource.
func (d *deployment) generated(output, id string) (string, error) {
	name, err := d.outputs.take(output)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(name, serviceStack+"-"+id+"-") {
		return "", fmt.Errorf("the output %s is %q, which is not the name of %s", output, name, id)
	}
	return name, nil
}

// codeOf is the hash of a function's code.
func (d *deployment) codeOf(ctx context.Context, id string) (string, error) {
	var f struct{ CodeSha256 string }
	err := d.aws.get(ctx, "lambda", "/2015-03-31/functions/"+url.PathEscape(d.names[id])+"/configuration", &f)
	return f.CodeSha256, err
}

// putKeys puts keys of our own into both secrets.
func (d *deployment) putKeys(ctx context.Context) (string, error) {
	keys, err := d.client.keys(ctx)
	if err != nil {
		return "", err
	}
	arns := map[string]string{}
	for output, set := range map[string]any{"BearerKeysSecret": keys.Bearer, "SessionKeysSecret": keys.Session} {
		secret, err := d.outputs.take(output)
		if err != nil {
			return "", err
		}
		if arns[secret], err = d.aws.putSecret(ctx, secret, set); err != nil {
			return "", err
		}
	}
	if err := d.aws.correctSecretARNs(ctx, d.names["AuthorizerFunction"], arns); err != nil {
		return "", err
	}
	return "a JWK Set in each secret", d.outputs.allTried()
}

func (d *deployment) checkPermissions(ctx context.Context) (string, error) {
	n, err := checkPermissions(ctx, d.aws, d.client.api, d.client.stage)
	return fmt.Sprintf("%d methods and authorizers may call their functions", n), err
}

func (d *deployment) conform(ctx context.Context) (string, error) {
	target, err := d.client.target(ctx)
	if err != nil {
		return "", err
	}
	var table strings.Builder
	report, err := conformance.Run(ctx, target, &table)
	if err != nil {
		return "", err
	}
	if lines := unexpected(knownDifferences, report.Differ); len(lines) > 0 {
		return "", fmt.Errorf("%d cases came out otherwise than known:\n%s", len(lines), few(lines))
	}
	if report.NotRun > 0 {
		return "", fmt.Errorf("%d cases were not run", report.NotRun)
	}
	found := fmt.Sprintf("%d cases as the contract says, %d otherwise, as known of ministack:", report.Passed, len(report.Differ))
	for _, k := range knownDifferences {
		found += fmt.Sprintf("\n%32d %s", len(k.cases), k.reason)
	}
	return found, nil
}

func (d *deployment) deployAgain(ctx context.Context) (string, error) {
	printed, err := d.cdkDeploy(ctx)
	if err != nil {
		return "", err
	}
	for _, stack := range []string{serviceStack, logRoleStack} {
		if !strings.Contains(printed, stack+" (no changes)") {
			return "", fmt.Errorf("the same assembly changes %s:\n%s", stack, lastLines(printed, 20))
		}
	}
	return "no changes", nil
}

// release deploys other code of one function, between a write and a read.
func (d *deployment) release(ctx context.Context) (string, error) {
	const changed = "RegisterFunction"
	register, get := openapi.Named("registerUserOrganization"), openapi.Named("getUserOrganization")
	const body = `{"scope":1,"permissions":{"group":0,"manage":[],"read":[]}}`
	before, err := d.codes(ctx)
	if err != nil {
		return "", err
	}
	if err := d.client.expect(ctx, 201, register, body); err != nil {
		return "", err
	}
	if err := d.assembly.release(serviceStack, changed); err != nil {
		return "", err
	}
	if _, err := d.cdkDeploy(ctx); err != nil {
		return "", err
	}
	after, err := d.codes(ctx)
	if err != nil {
		return "", err
	}
	for id := range after {
		if (after[id] != before[id]) != (id == changed) {
			return "", fmt.Errorf("the code of %s was %s and is %s, and %s alone was released", id, before[id], after[id], changed)
		}
	}
	if err := d.client.expect(ctx, 200, get, ""); err != nil {
		return "", err
	}
	return changed + " alone has other code, and what was stored is served", d.client.expect(ctx, 409, register, body)
}

func (d *deployment) codes(ctx context.Context) (map[string]string, error) {
	codes := map[string]string{}
	for id := range d.names {
		var err error
		if codes[id], err = d.codeOf(ctx, id); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

func (d *deployment) destroy(ctx context.Context) (string, error) {
	if _, err := d.cdk(ctx, "destroy", "--force", serviceStack); err != nil {
		return "", err
	}
	now, err := inventory(ctx, d.aws)
	if err != nil {
		return "", err
	}
	if left := left(d.atFirst, now); len(left) > 0 {
		return "", fmt.Errorf("left are\n%s", strings.Join(left, "\n"))
	}
	return "nothing left", nil
}
