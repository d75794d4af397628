package child_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"users-organizations/pkg/child"
)

func TestStop(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ script, want string }{
		"a program that ends in order":    {"trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done", "exit status 4"},
		"a program that is asked to end":  {"echo ready; exec sleep 600", "signal: terminated"},
		"a program that does not listen":  {"trap '' TERM; echo ready; while :; do sleep 0.01; done", "signal: killed"},
		"a program that has ended":        {"echo ready", "exit status 0"},
		"a program that failed by itself": {"echo ready; exit 7", "exit status 7"},
		"a program that started another":  {"sleep 600 & echo ready; wait", "signal: terminated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", test.script) //nolint:gosec // The table's own words.
			// Not StdoutPipe, which a program that ends closes before it is read.
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
				t.Fatalf("it said %q (%v)", line, err)
			}
			if strings.Contains(name, "has ended") || strings.Contains(name, "by itself") {
				<-p.Done()
			}
			p.Stop()
			if got := p.Exit(); got != test.want {
				t.Errorf("it ended with %q, want %q", got, test.want)
			}
		})
	}
}

func TestAProgramThatIsNotThereIsNamed(t *testing.T) {
	t.Parallel()
	_, err := child.Start(exec.CommandContext(t.Context(), "/nowhere/program"))
	if err == nil || !strings.Contains(err.Error(), "/nowhere/program") {
		t.Errorf("the error is %v, want one that names the file", err)
	}
}
