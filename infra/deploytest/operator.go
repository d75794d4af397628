package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// operator types the commands of the READMEs, as they stand there.
type operator struct {
	terminal *terminal
	// folder is where the operator works, the root of a repository to the commands.
	folder   string
	commands []*command
	// values replace the placeholders, by their names.
	values map[string]string
}

// notRun are the commands that no step runs, each by its section and its first
// words, in the order of the README.
var notRun = []struct{ section, begins, reason string }{
	{"Deploy it", "make build", "make test-deploy runs it first"},
	{"Deploy it", "make cli", "make test-deploy runs it first"},
	{"Deploy it", "make deploy", viaDeploy},
	{"Deploy it", "make deploy", viaDeploy},
	{"Try a deployment without AWS", "make test-deploy", "it is this"},
	{"Restore the table", "aws backup list-recovery-points-by-backup-vault", vaultOfProd},
	{"Restore the table", "aws backup start-restore-job", vaultOfProd},
	{"Restore the table", "aws backup put-backup-vault-lock-configuration", vaultOfProd},
	{"Restore the table", "aws dynamodb update-table --table-name \"$table\" --deletion-protection-enabled", "not in dev, as it says"},
	{"Roll back", "git switch", "it changes the work tree"},
	{"Roll back", "application=", codeDeploy},
	{"Roll back", "for release in", codeDeploy},
	{"Roll back", "make deploy", viaDeploy},
	{"Roll back", "for release in", codeDeploy},
	{"Roll back", "aws cloudformation continue-update-rollback", noFailure},
	{"Roll back", "aws cloudformation wait stack-rollback-complete", noFailure},
	{"Remove it", "(cd infra && npx cdk destroy", "it synthesizes anew, and asks; the step destroy has the CDK do it without"},
}

const (
	viaDeploy   = "it builds for arm64 and calls the API at AWS's address; the steps deploy and release have the CDK do it"
	vaultOfProd = "only prod has a vault"
	noFailure   = "no rollback fails on ministack"
	codeDeploy  = "ministack has no CodeDeploy"
)

// newOperator opens a terminal on the account.
func newOperator(ctx context.Context, a account, folder string) (*operator, error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	o := &operator{folder: filepath.Join(folder, "operator"), values: map[string]string{"account": a.id}}
	if err := o.read(ctx, root); err != nil {
		return nil, err
	}
	if err := os.Mkdir(o.folder, 0o700); err != nil {
		return nil, err
	}
	if err := os.Symlink(filepath.Join(root, "infra"), o.file("infra")); err != nil {
		return nil, err
	}
	// The region is the one that the README has the operator export.
	environment := append(a.environment(folder), "PATH="+filepath.Join(root, filepath.Dir(python))+":"+os.Getenv("PATH"), "AWS_REGION=")
	o.terminal, err = openTerminal(o.folder, root, environment)
	return o, err
}

// read takes the commands from the READMEs, and marks those that are not run.
func (o *operator) read(ctx context.Context, root string) error {
	for _, r := range []struct{ file, section string }{{"infra/README.md", ""}, {"README.md", "Follow the changes"}} {
		commands, err := readCommands(ctx, filepath.Join(root, r.file), r.section)
		if err != nil {
			return err
		}
		o.commands = append(o.commands, commands...)
	}
	for _, n := range notRun {
		c, err := o.next(n.section, n.begins)
		if err != nil {
			return err
		}
		c.notRun = n.reason
	}
	return nil
}

func (o *operator) file(name string) string { return filepath.Join(o.folder, name) }

// next is the first command of a section that begins so and was neither run
// nor left out.
func (o *operator) next(section, begins string) (*command, error) {
	for _, c := range o.commands {
		if c.section == section && strings.HasPrefix(c.text, begins) && !c.ran && c.notRun == "" {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the READMEs have no other command %q below %q: take it out of infra/deploytest", begins, section)
}

// run types the commands of a section that begin so, in this order, and gives
// what the last one has printed.
func (o *operator) run(ctx context.Context, section string, begins ...string) (string, error) {
	var printed string
	for _, beginning := range begins {
		c, err := o.next(section, beginning)
		if err != nil {
			return "", err
		}
		c.ran = true
		if printed, err = o.enter(ctx, c); err != nil {
			return "", err
		}
	}
	return printed, nil
}

// again types a command that ran before, with other words in the place of some.
func (o *operator) again(ctx context.Context, section, begins string, replace ...string) error {
	for _, c := range o.commands {
		if c.section == section && strings.HasPrefix(c.text, begins) && c.ran {
			_, err := o.enter(ctx, &command{section: section, text: strings.NewReplacer(replace...).Replace(c.text)})
			return err
		}
	}
	return fmt.Errorf("%q below %q did not run before", begins, section)
}

func (o *operator) enter(ctx context.Context, c *command) (string, error) {
	text, err := c.filled(o.values)
	if err != nil {
		return "", err
	}
	return o.terminal.enter(ctx, text)
}

// report lists the commands. Each was run, or says why not.
func (o *operator) report() (string, error) {
	var forgotten []error
	ran := 0
	var lines strings.Builder
	for _, c := range o.commands {
		switch {
		case c.ran:
			ran++
			_, _ = fmt.Fprintf(&lines, "\n%14s  %s", "ran", c.summary())
		case c.notRun != "":
			_, _ = fmt.Fprintf(&lines, "\n%14s  %s\n%16s%s", "NOT RUN", c.summary(), "", c.notRun)
		default:
			forgotten = append(forgotten, fmt.Errorf("nothing runs %s: have infra/deploytest run it, or say in operator.go why not", c.summary()))
		}
	}
	return fmt.Sprintf("%d of the READMEs ran, %d did not:%s", ran, len(o.commands)-ran, &lines), errors.Join(forgotten...)
}
