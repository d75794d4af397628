package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const page = "# Page\n\n```sh\nmkdir -p a   # once\n\n" +
	"aws s3 cp \"s3://b/<key>\" \\\n  a\n" +
	"f() { aws a \\\n  b; }\n" +
	"for i in 1 2; do\n  echo $i\ndone\n" +
	"a &&\nb\n```\n\n" +
	"Say `aws a b\n  c`, not `output`, `aws-x` or `make`.\n\n" +
	"## Part\n\n1. A list:\n\n   ```sh\n   aws c --arn <its arn>\n   ```\n"

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCommandsOfAREADME(t *testing.T) {
	t.Parallel()
	part := []string{"Part: aws c --arn <its arn>"}
	all := append([]string{
		"Page: mkdir -p a   # once", "Page: aws s3 cp \"s3://b/<key>\" \\\n  a", "Page: f() { aws a \\\n  b; }",
		"Page: for i in 1 2; do\n  echo $i\ndone", "Page: a &&\nb", "Page: aws a b c",
	}, part...)
	for section, want := range map[string][]string{"": all, "Part": part} {
		commands, err := readCommands(t.Context(), write(t, page), section)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range commands {
			got = append(got, c.section+": "+c.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("section %q: got\n%q\nwant\n%q", section, got, want)
		}
	}
}

func TestACommandThatNoShellTakes(t *testing.T) {
	t.Parallel()
	_, err := readCommands(t.Context(), write(t, "# A\n\n```sh\nls\necho \"a\n```\n"), "")
	if err == nil || !strings.Contains(err.Error(), "A: no shell takes the command\necho \"a") {
		t.Errorf("got %v", err)
	}
}

func TestAnInterruptedShellIsAnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := readCommands(ctx, write(t, page), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	c := command{section: "A", text: "cp <its arn> <key>"}
	if got, err := c.filled(map[string]string{"its arn": "x", "key": "y"}); got != "cp x y" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := c.filled(map[string]string{"its arn": "x"}); err == nil || !strings.Contains(err.Error(), "<key> in A: cp") {
		t.Errorf("got %v", err)
	}
}
