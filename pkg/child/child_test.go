package child_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/child"
)

func TestStop(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		ends   bool // before Stop
		want   string
	}{
		"a program that ends in order":     {"trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done", false, "exit status 4"},
		"a program that SIGTERM ends":      {"echo ready; exec sleep 600", false, "signal: terminated"},
		"a program that ignores SIGTERM":   {"trap '' TERM; echo ready; while :; do sleep 0.01; done", false, "signal: killed"},
		"a program that has ended":         {"echo ready", true, "exit status 0"},
		"a program that has failed before": {"echo ready; exit 7", true, "exit status 7"},
		"a program that started another":   {"sleep 600 & echo ready; wait", false, "signal: terminated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", test.script) //nolint:gosec // a script of the table
			// Not StdoutPipe, which Wait closes when the program ends, read or not.
			output, input, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = output.Close() }()
			cmd.Stdout = input
			p, err := child.Start(cmd)
			_ = input.Close()
			if err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(output).ReadString('\n'); line != "ready\n" {
				t.Fatalf("it wrote %q, %v", line, err)
			}
			if test.ends {
				<-p.Done()
			}
			p.Stop()
			if got := p.Exit(); got != test.want {
				t.Errorf("it ended with %q, want %q", got, test.want)
			}
		})
	}
}

// TestTheGroupEndsWithTheProgram leaves a process that keeps the output open as long
// as it lives.
func TestTheGroupEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", "trap '' TERM; sleep 600 & echo ready")
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = output.Close() }()
	cmd.Stdout = input
	_, err = child.Start(cmd)
	_ = input.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := output.SetReadDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(output); string(text) != "ready\n" || err != nil {
		t.Errorf("it wrote %q, %v", text, err)
	}
}

func TestAMissingProgramIsNamed(t *testing.T) {
	t.Parallel()
	_, err := child.Start(exec.CommandContext(t.Context(), "/nowhere/program"))
	if err == nil || !strings.Contains(err.Error(), "/nowhere/program") {
		t.Errorf("the error is %v, want one that names the file", err)
	}
}
