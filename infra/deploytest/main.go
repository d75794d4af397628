// Command deploytest deploys the synthesized dev stack onto an emulated AWS
// account on this machine, holds it to the contract, deploys it again, releases
// other code, runs the commands that the READMEs have for operators, and removes
// it. It is run from the root of the repository, by `make
// test-deploy`; infra/README.md says what that proves.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// serviceStack is the stack that is tried, of the environment dev.
	serviceStack = "users-organizations-dev"
	// logRoleStack is kept when serviceStack is removed: every API of an account uses it.
	logRoleStack = "api-gateway-log-role"

	synthesized = "infra/cdk.out/dev"
	hostBuilds  = ".local/bin"
	python      = ".local/tools/ministack/bin/python"
	keptLog     = ".local/deploytest.log"

	// longest is how long a run may take, some ten times what it takes.
	longest = 15 * time.Minute
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	err := run(ctx, os.Stdout)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("not done after %s: %w", longest, err)
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test-deploy:", err)
		os.Exit(1) //nolint:gocritic // exitAfterDefer: stop has nothing more to do.
	}
}

// run makes a folder for everything that the run writes.
func run(ctx context.Context, out io.Writer) error {
	folder, err := os.MkdirTemp(".local", "deploytest-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if folder, err = filepath.Abs(folder); err != nil {
		return err
	}
	d, err := prepare(folder)
	if err != nil {
		return err
	}
	log := filepath.Join(folder, "ministack.log")
	if err := d.run(ctx, out, log); err != nil {
		return errors.Join(err, keep(log))
	}
	return nil
}

// run makes an account, and tries the deployment there.
func (d *deployment) run(ctx context.Context, out io.Writer, log string) error {
	emulator, err := startEmulator(ctx, python, d.folder, log, d.aws.place)
	if err != nil {
		return err
	}
	defer emulator.stop()
	d.aws.url = emulator.url
	if d.operator, err = newOperator(ctx, d.aws, d.folder); err != nil {
		return err
	}
	defer d.operator.terminal.close()
	_, _ = fmt.Fprintf(out, "%s on ministack, %s, %s\n", serviceStack, d.aws.region, emulator.url)
	if err := d.try(ctx, out); err != nil {
		return explain(ctx, err, d.aws, log)
	}
	return nil
}

// keep takes the log of ministack out of the folder, and says where it is.
func keep(log string) error {
	if err := os.Rename(log, keptLog); err != nil {
		return fmt.Errorf("keeping the log of ministack: %w", err)
	}
	return errors.New("the log of ministack is " + keptLog)
}

// try goes through the steps until one fails.
func (d *deployment) try(ctx context.Context, out io.Writer) error {
	began := time.Now()
	for _, s := range d.steps() {
		start := time.Now()
		found, err := s.do(ctx)
		took := time.Since(start).Seconds()
		if err != nil {
			_, _ = fmt.Fprintf(out, "%5.1f s  FAILED  %s\n", took, s.name)
			return fmt.Errorf("%s: %w", s.name, err)
		}
		_, _ = fmt.Fprintf(out, "%5.1f s  ok  %-16s %s\n", took, s.name, found)
	}
	_, _ = fmt.Fprintf(out, "%5.1f s in all\n", time.Since(began).Seconds())
	return nil
}
