package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// enclosed is set in the environment of a benchmark that has its own mount
// namespace.
const enclosed = "BENCH_ENCLOSED"

// enclose runs this program again in a mount namespace of its own, where its roots
// can cover the machine's without changing them for other programs. It gives the
// exit status, and false if the machine does not allow it.
func enclose(ctx context.Context) (int, bool) {
	if os.Getenv(enclosed) != "" {
		return 0, false
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false
	}
	cmd := exec.CommandContext(ctx, self, os.Args[1:]...) //nolint:gosec // This program itself.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), enclosed+"=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if id := os.Geteuid(); id != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	if err := cmd.Start(); err != nil {
		return 0, false
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 2, true
	}
	return cmd.ProcessState.ExitCode(), true
}

// mountRoots mounts dir over the machine's roots, for this process and its children.
func mountRoots(dir string) error {
	if os.Getenv(enclosed) == "" {
		return errors.New("this machine allows no mount namespace")
	}
	// Without this the mount would also be seen outside.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := syscall.Mount(dir, certificates, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting roots over %s: %w", certificates, err)
	}
	return nil
}
