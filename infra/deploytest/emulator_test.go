package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// interpreter is a program in the place of Python.
func interpreter(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // G306: a program.
		t.Fatal(err)
	}
	return path
}

func TestAnEmulatorThatDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ python, want string }{
		"not installed":     {filepath.Join(t.TempDir(), "python"), "make test-deploy"},
		"ends at its start": {interpreter(t, "echo no such module; exit 1"), "it ended at its start\nno such module"},
		"killed":            {interpreter(t, "kill -9 $$"), "it ended at its start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			_, err := startEmulator(t.Context(), c.python, folder, filepath.Join(folder, "log"), place{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestAnInterruptedStart interrupts the start of an emulator that never answers.
func TestAnInterruptedStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var pid int
	go func() {
		defer cancel()
		_ = eventually(ctx, startup, func() error {
			text, err := os.ReadFile(filepath.Join(folder, "pid"))
			if err == nil {
				pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
			}
			return err
		})
	}()
	python := interpreter(t, "echo $$ >$HOME/pid\nexec sleep 600\n")
	if _, err := startEmulator(ctx, python, folder, filepath.Join(folder, "log"), place{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if err := syscall.Kill(pid, 0); pid == 0 || !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process %d lives: %v", pid, err)
	}
}
