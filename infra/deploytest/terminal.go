package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// terminal is a shell in which commands are typed one after another, as an
// operator does: what one sets is there for the next.
type terminal struct {
	shell  *exec.Cmd
	input  io.WriteCloser
	output *bufio.Reader
}

// profile lets commands for version 2 of the AWS CLI run with version 1, the only
// one on PyPI: that does not read AWS_REGION, and has no --cli-binary-format, since
// it sends every payload as it is. make runs in the root of the repository (%s),
// where `make test-deploy` has already made bin.
const profile = `aws() {
	local all=()
	while (($#)); do case $1 in --cli-binary-format) shift 2 ;; *) all+=("$1"); shift ;; esac; done
	AWS_DEFAULT_REGION=$AWS_REGION command aws "${all[@]}"
}
make() { command make --no-print-directory -C '%s' -o bin "$@"; }
`

// ended begins the line behind what a command has printed. Its status follows.
const ended = "-- ended with "

func openTerminal(ctx context.Context, folder, root string, environment []string) (*terminal, error) {
	t := &terminal{shell: exec.CommandContext(ctx, "bash", "--noprofile", "--norc")}
	t.shell.Dir = folder
	t.shell.Env = environment
	t.shell.WaitDelay = 5 * time.Second
	var err error
	if t.input, err = t.shell.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := t.shell.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t.shell.Stderr = t.shell.Stdout
	t.output = bufio.NewReader(output)
	if err := t.shell.Start(); err != nil {
		return nil, fmt.Errorf("opening a terminal: %w", err)
	}
	_, err = io.WriteString(t.input, fmt.Sprintf(profile, root))
	return t, err
}

// enter types a command, and gives what it prints.
func (t *terminal) enter(command string) (string, error) {
	typed := "{ " + command + "\n} </dev/null 2>&1\nprintf '\\n" + ended + "%d\\n' $?\n"
	if _, err := io.WriteString(t.input, typed); err != nil {
		return "", err
	}
	var printed strings.Builder
	for {
		line, err := t.output.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("%s\nended the shell: %w:\n%s", command, err, lastLines(printed.String()+line, 20))
		}
		if status, isEnd := strings.CutPrefix(line, ended); isEnd {
			text := strings.TrimSpace(printed.String())
			if status != "0\n" {
				err = fmt.Errorf("%s\nended with %s%s", command, status, lastLines(text, 20))
			}
			return text, err
		}
		printed.WriteString(line)
	}
}

func (t *terminal) close() error { return errors.Join(t.input.Close(), t.shell.Wait()) }
