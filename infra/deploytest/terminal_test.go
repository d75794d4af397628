package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminalWith opens one with a program in the place of aws.
func terminalWith(t *testing.T, aws string) *terminal {
	t.Helper()
	programs := t.TempDir()
	if err := os.WriteFile(filepath.Join(programs, "aws"), []byte("#!/bin/sh\n"+aws), 0o700); err != nil { //nolint:gosec // G306: a program.
		t.Fatal(err)
	}
	terminal, err := openTerminal(t.TempDir(), programs, []string{"PATH=" + programs + ":" + os.Getenv("PATH")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(terminal.close)
	return terminal
}

func TestATerminal(t *testing.T) {
	t.Parallel()
	terminal := terminalWith(t, `printf '%s|' "$AWS_DEFAULT_REGION" "$@"`)
	for _, c := range []struct{ command, printed, err string }{
		{"a=1   # that stays", "", ""},
		{"f() { echo \"a is $a\"; }", "", ""},
		{"f", "a is 1", ""},
		{"echo one; echo two >&2", "one\ntwo", ""},
		{"cat", "", ""},
		{"echo so far; false", "so far", "ended with 1\nso far"},
		{"(cd /; pwd); exec 3>file; ls", "/\nfile", ""},
		{"export AWS_REGION=here", "", ""},
		{"aws invoke --cli-binary-format raw-in-base64-out 'a b'", "here|invoke|a b|", ""},
		{"make", "", "ended with 2"},
		{"exit 3", "", "ended the shell"},
	} {
		printed, err := terminal.enter(t.Context(), c.command)
		if c.err == "" && (err != nil || printed != c.printed) {
			t.Errorf("%s: got %q, %v, want %q", c.command, printed, err, c.printed)
		}
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: got %q, %v, want %q", c.command, printed, err, c.err)
		}
	}
}

func TestACommandThatIsInterrupted(t *testing.T) {
	t.Parallel()
	terminal := terminalWith(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	folder := t.TempDir()
	go func() {
		defer cancel()
		_ = eventually(ctx, time.Minute, func() error {
			_, err := os.Stat(filepath.Join(folder, "began"))
			return err
		})
	}()
	watchdog := time.AfterFunc(time.Minute, func() {
		t.Error("the command goes on")
		terminal.close()
	})
	defer watchdog.Stop()
	if printed, err := terminal.enter(ctx, "sh -c 'echo >"+folder+"/began; sleep 600'"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v", printed, err)
	}
}
