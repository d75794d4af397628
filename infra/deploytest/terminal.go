package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"users-organizations/pkg/child"
)

// terminal is a shell in which commands are typed one after another, as an
// operator does: what one sets is there for the next.
type terminal struct {
	shell  *child.Process
	input  io.WriteCloser
	output *os.File
	// lines reads output.
	lines *bufio.Reader
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

func openTerminal(folder, root string, environment []string) (*terminal, error) {
	bash := exec.Command("bash", "--noprofile", "--norc") //nolint:noctx // enter ends it with its context, and close.
	bash.Dir = folder
	bash.Env = environment
	input, err := bash.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, printed, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	bash.Stdout, bash.Stderr = printed, printed
	shell, err := child.Start(bash)
	if err := errors.Join(err, printed.Close()); err != nil {
		return nil, fmt.Errorf("opening a terminal: %w", errors.Join(err, output.Close()))
	}
	t := &terminal{shell, input, output, bufio.NewReader(output)}
	_, err = io.WriteString(input, fmt.Sprintf(profile, root))
	return t, err
}

// enter types a command, and returns what it prints. The end of the context ends
// the command, and the terminal.
func (t *terminal) enter(ctx context.Context, command string) (string, error) {
	defer context.AfterFunc(ctx, t.close)()
	typed := "{ " + command + "\n} </dev/null 2>&1\nprintf '\\n" + ended + "%d\\n' $?\n"
	if _, err := io.WriteString(t.input, typed); err != nil {
		return "", errors.Join(ctx.Err(), err)
	}
	var printed strings.Builder
	for {
		line, err := t.lines.ReadString('\n')
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
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

// close ends the shell, and what was typed in it.
func (t *terminal) close() {
	t.shell.Kill()
	_ = t.output.Close()
}
