package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// command is a shell command of a README.
type command struct {
	// section is the heading that it stands below.
	section, text string
	// part is the part of typed that has it, notRun the reason why none has it.
	part, notRun string
	ran          bool
}

func (c *command) isOpen() bool { return c.part == "" && c.notRun == "" }

var (
	// inREADME is a heading, a block of commands, or a command within a sentence.
	inREADME = regexp.MustCompile("(?m)^#+ (.*)$|(?s:^ *```sh\n(.*?)^ *```$)|`((?:aws|git switch|\\(cd infra)\\s[^`]*)`")
	// placeholder is a name in angle brackets, which the reader replaces.
	placeholder = regexp.MustCompile(`<([A-Za-z][^<>\n]*)>`)
)

// readCommands returns the commands of a README in their order: of a section, or of
// all where that is empty.
func readCommands(ctx context.Context, file, section string) ([]*command, error) {
	text, err := os.ReadFile(file) //nolint:gosec // G304: our own READMEs.
	if err != nil {
		return nil, err
	}
	var all []*command
	var heading string
	for _, m := range inREADME.FindAllStringSubmatch(string(text), -1) {
		if m[1] != "" {
			heading = m[1]
			continue
		}
		if section != "" && heading != section {
			continue
		}
		texts := []string{strings.Join(strings.Fields(m[3]), " ")}
		if m[2] != "" {
			if texts, err = split(ctx, m[2]); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", file, heading, err)
			}
		}
		for _, text := range texts {
			all = append(all, &command{section: heading, text: text})
		}
	}
	return all, nil
}

// split takes a block apart: a command has as many lines as the shell needs.
func split(ctx context.Context, block string) ([]string, error) {
	var all []string
	var begun string
	for line := range strings.Lines(block) {
		begun += line
		if strings.TrimSpace(begun) == "" {
			begun = ""
			continue
		}
		if strings.HasSuffix(line, "\\\n") {
			continue
		}
		whole, err := isWhole(ctx, begun)
		if err != nil {
			return nil, err
		}
		if whole {
			all = append(all, strings.TrimSpace(begun))
			begun = ""
		}
	}
	if begun != "" {
		return nil, fmt.Errorf("no shell takes the command\n%s", begun)
	}
	return all, nil
}

// isWhole asks the shell whether a text is complete.
func isWhole(ctx context.Context, text string) (bool, error) {
	shell := exec.CommandContext(ctx, "bash", "-n")
	shell.Stdin = strings.NewReader(placeholder.ReplaceAllString(text, "_"))
	err := shell.Run()
	if _, refused := errors.AsType[*exec.ExitError](err); refused && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

// summary is the first line.
func (c *command) summary() string {
	line, _, more := strings.Cut(c.text, "\n")
	line, _, _ = strings.Cut(line, " # ")
	line = strings.TrimSuffix(strings.TrimSpace(line), " \\")
	const most = 90
	if len(line) > most || more {
		line = line[:min(len(line), most)] + " …"
	}
	return c.section + ": " + line
}

// filled has the values in the place of the placeholders.
func (c *command) filled(values map[string]string) (string, error) {
	var err error
	text := placeholder.ReplaceAllStringFunc(c.text, func(name string) string {
		value, known := values[name[1:len(name)-1]]
		if !known {
			err = fmt.Errorf("nothing stands for %s in %s: have infra/deploytest give it", name, c.summary())
		}
		return value
	})
	return text, err
}
