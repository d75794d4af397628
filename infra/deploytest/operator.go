package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// operator types the commands of the READMEs, as they stand there.
type operator struct {
	terminal *terminal
	// folder is where the operator works, the root of a repository to the commands.
	folder   string
	commands []*command
	// values replace the placeholders, by their names.
	values map[string]string
}

// newOperator opens a terminal on the account.
func newOperator(ctx context.Context, a account, folder string) (*operator, error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	o := &operator{folder: filepath.Join(folder, "operator"), values: map[string]string{}}
	if err := o.read(ctx, root); err != nil {
		return nil, err
	}
	if err := os.Mkdir(o.folder, 0o700); err != nil {
		return nil, err
	}
	if err := os.Symlink(filepath.Join(root, "infra"), o.file("infra")); err != nil {
		return nil, err
	}
	// The region is the one that the README has the operator export.
	environment := append(a.environment(folder), "PATH="+filepath.Join(root, filepath.Dir(python))+":"+os.Getenv("PATH"), "AWS_REGION=")
	o.terminal, err = openTerminal(o.folder, root, environment)
	return o, err
}

// read takes the commands from the READMEs. Each has to be typed, or have a reason
// why not.
func (o *operator) read(ctx context.Context, root string) error {
	for _, r := range []struct{ file, section string }{{"infra/README.md", ""}, {"README.md", "Follow the changes"}} {
		commands, err := readCommands(ctx, filepath.Join(root, r.file), r.section)
		if err != nil {
			return err
		}
		o.commands = append(o.commands, commands...)
	}
	for _, n := range notRun {
		c, err := o.next(n.section, n.begins)
		if err != nil {
			return err
		}
		c.notRun = n.reason
	}
	for _, t := range typed {
		for _, begins := range t.begins {
			c, err := o.next(t.section, begins)
			if err != nil {
				return err
			}
			c.part = t.part
		}
	}
	return o.allKnown()
}

// allKnown names the commands that are neither typed nor left out.
func (o *operator) allKnown() error {
	var unknown []error
	for _, c := range o.commands {
		if c.isOpen() {
			unknown = append(unknown, fmt.Errorf("nothing runs %s: have a step of infra/deploytest type it, or say in its commands.go why not", c.summary()))
		}
	}
	return errors.Join(unknown...)
}

func (o *operator) file(name string) string { return filepath.Join(o.folder, name) }

// next is the first command of a section that begins so and is neither typed nor
// left out.
func (o *operator) next(section, begins string) (*command, error) {
	for _, c := range o.commands {
		if c.section == section && strings.HasPrefix(c.text, begins) && c.isOpen() {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the section %q has no further command that begins %q: correct how infra/deploytest names it, or take it out", section, begins)
}

// run types the commands of a part, and returns what the last one has printed.
func (o *operator) run(ctx context.Context, part string) (string, error) {
	commands, err := o.commandsOf(part)
	if err != nil {
		return "", err
	}
	var printed string
	for _, c := range commands {
		c.ran = true
		if printed, err = o.enter(ctx, c); err != nil {
			return "", err
		}
	}
	return printed, nil
}

// again types the last command of a part once more, with other words in the place
// of some, and returns what it has printed.
func (o *operator) again(ctx context.Context, part string, replace ...string) (string, error) {
	commands, err := o.commandsOf(part)
	if err != nil {
		return "", err
	}
	c := *commands[len(commands)-1]
	c.text = strings.NewReplacer(replace...).Replace(c.text)
	return o.enter(ctx, &c)
}

func (o *operator) commandsOf(part string) ([]*command, error) {
	var all []*command
	for _, c := range o.commands {
		if c.part == part {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no command is of the part %q", part)
	}
	return all, nil
}

func (o *operator) enter(ctx context.Context, c *command) (string, error) {
	text, err := c.filled(o.values)
	if err != nil {
		return "", err
	}
	return o.terminal.enter(ctx, text)
}

// report lists the commands. Each was run, or says why not.
func (o *operator) report() (string, error) {
	var forgotten []error
	ran := 0
	var lines strings.Builder
	for _, c := range o.commands {
		switch {
		case c.ran:
			ran++
			_, _ = fmt.Fprintf(&lines, "\n%14s  %s", "ran", c.summary())
		case c.notRun != "":
			_, _ = fmt.Fprintf(&lines, "\n%14s  %s\n%16s%s", "NOT RUN", c.summary(), "", c.notRun)
		default:
			forgotten = append(forgotten, fmt.Errorf("no step has typed %s, of the part %q", c.summary(), c.part))
		}
	}
	return fmt.Sprintf("%d of the READMEs ran, %d did not:%s", ran, len(o.commands)-ran, &lines), errors.Join(forgotten...)
}
