package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
)

// deployment is a run: what its steps share.
type deployment struct {
	folder   string
	assembly assembly
	template template
	aws      account
	// atFirst is what was in the account before the stack.
	atFirst []string
	// These are from the outputs of the stack.
	table, historyTable, bus, archive, discarded, bearerSecret string
	// names are those of the functions, by logical id.
	names  map[string]string
	client client
	// operator runs the commands of the READMEs.
	operator *operator
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
	return d, errors.Join(checkKinds(template), a.useBuilds(template, hostBuilds))
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
		{"outputs", d.tryOutputs},
		{"keys", d.putKeys},
		{"permissions", d.checkPermissions},
		{"conformance", d.conform},
		{"history", d.waitForHistory},
		{"deploy again", d.deployAgain},
		{"release", d.release},
		{"alarms", d.lookAtAlarms},
		{"follow", d.follow},
		{"call", d.call},
		{"replay", d.replay},
		{"discarded", d.appendDiscarded},
		{"restore an item", d.restoreItem},
		{"rotate keys", d.rotateKeys},
		{"roll back", d.rollBack},
		{"restore a table", d.restoreTable},
		{"destroy", d.destroy},
		{"commands", func(context.Context) (string, error) { return d.operator.report() }},
	}
}

func (d *deployment) cdk(ctx context.Context, arguments ...string) (string, error) {
	return d.aws.cdk(ctx, d.folder, d.assembly, arguments...)
}

func (d *deployment) bootstrap(ctx context.Context) (string, error) {
	if _, err := d.operator.run(ctx, "bootstrap"); err != nil {
		return "", err
	}
	if err := d.aws.allowPlainHTTP(ctx); err != nil {
		return "", err
	}
	var err error
	d.atFirst, err = inventory(ctx, d.aws)
	return "CDKToolkit", err
}

// allowPlainHTTP takes away the policy of the CDK's bucket. All that it says is
// that calls without TLS are refused, and the emulator speaks plain HTTP.
func (a account) allowPlainHTTP(ctx context.Context) error {
	_, err := a.send(ctx, "s3", http.MethodDelete, "/cdk-hnb659fds-assets-"+a.id+"-"+a.region+"?policy", nil, nil)
	return err
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
	return fmt.Sprintf("%d resources", len(d.template.Resources)), listsAll(d.template, newSince(d.atFirst, now))
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

// lookAtAlarms runs what the table of alarms says.
func (d *deployment) lookAtAlarms(ctx context.Context) (string, error) {
	printed, err := d.operator.run(ctx, "alarms")
	if err == nil && !strings.Contains(printed, `"State": "Enabled"`) {
		err = fmt.Errorf("the event source mapping is\n%s", printed)
	}
	return "the event source mapping is enabled", err
}

func (d *deployment) destroy(ctx context.Context) (string, error) {
	if err := d.discard(ctx, "aws/lambda/left", struct{}{}); err != nil {
		return "", err
	}
	if _, err := d.operator.run(ctx, "empty the bucket"); err != nil {
		return "", err
	}
	if err := errors.Join(d.discardedIsEmpty(ctx), d.removeConsumer(ctx)); err != nil {
		return "", err
	}
	if _, err := d.cdk(ctx, "destroy", "--force", serviceStack); err != nil {
		return "", err
	}
	now, err := inventory(ctx, d.aws)
	if err != nil {
		return "", err
	}
	if left := newSince(d.atFirst, now); len(left) > 0 {
		return "", fmt.Errorf("left are\n%s", strings.Join(left, "\n"))
	}
	return "nothing left", nil
}
