package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
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

// TestTheEmulatorIsAlwaysEnded interrupts the start of one that has a child, as
// ministack has the functions. Both keep a pipe open as long as they live.
func TestTheEmulatorIsAlwaysEnded(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	alive := filepath.Join(folder, "alive")
	if err := syscall.Mkfifo(alive, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		pipe, err := os.Open(alive)
		cancel()
		if err == nil {
			_, err = io.ReadAll(pipe)
		}
		ended <- err
	}()
	python := interpreter(t, "trap '' TERM\nexec 3>$HOME/alive\nsleep 100000 &\nwait\n")
	if _, err := startEmulator(ctx, python, folder, filepath.Join(folder, "log"), place{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
