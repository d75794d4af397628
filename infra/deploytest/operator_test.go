package main

import (
	"slices"
	"strings"
	"testing"
)

// TestTheCommandsOfTheREADMEs holds typed and notRun to them.
func TestTheCommandsOfTheREADMEs(t *testing.T) {
	t.Parallel()
	var o operator
	if err := o.read(t.Context(), "../.."); err != nil {
		t.Error(err)
	}
}

func TestACommandIsFoundOnceInItsSection(t *testing.T) {
	t.Parallel()
	o := operator{commands: []*command{{section: "A", text: "ls a"}, {section: "B", text: "ls b", notRun: "no b"}}}
	for _, c := range []struct {
		section, begins string
		found           bool
	}{
		{"A", "cp", false}, {"B", "ls a", false}, {"B", "ls", false}, {"A", "ls", true}, {"A", "ls", false},
	} {
		got, err := o.next(c.section, c.begins)
		if (err == nil) != c.found {
			t.Errorf("%s: %s: got %v", c.section, c.begins, err)
		}
		if err == nil {
			got.part = "a"
		}
	}
}

func TestACommandThatNothingRuns(t *testing.T) {
	t.Parallel()
	o := operator{commands: []*command{{section: "A", text: "ls", part: "a"}, {section: "A", text: "cp", notRun: "no disk"}}}
	if err := o.allKnown(); err != nil {
		t.Error(err)
	}
	o.commands[1].notRun = ""
	if err := o.allKnown(); err == nil || !strings.Contains(err.Error(), "nothing runs A: cp") {
		t.Errorf("got %v", err)
	}
}

func TestAPartIsTyped(t *testing.T) {
	t.Parallel()
	o := operator{terminal: terminalWith(t, ""), values: map[string]string{"word": "two"}, commands: []*command{
		{section: "A", text: "a=one", part: "first"},
		{section: "A", text: "false", notRun: "it fails"},
		{section: "B", text: "a=other", part: "another"},
		{section: "B", text: "echo $a <word>", part: "first"},
		{section: "B", text: "false", part: "failure"},
		{section: "B", text: "a=late", part: "failure"},
		{section: "B", text: "echo <nothing>", part: "gap"},
	}}
	for _, c := range []struct{ part, printed, err string }{
		{"first", "one two", ""},
		{"failure", "", "false\nended with 1"},
		{"gap", "", "nothing stands for <nothing> in B: echo"},
		{"nowhere", "", `no command is of the part "nowhere"`},
		{"another", "", ""},
	} {
		printed, err := o.run(t.Context(), c.part)
		if printed != c.printed || (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: got %q, %v, want %q, %q", c.part, printed, err, c.printed, c.err)
		}
	}
	var ran []string
	for _, c := range o.commands {
		if c.ran {
			ran = append(ran, c.text)
		}
	}
	if want := []string{"a=one", "a=other", "echo $a <word>", "false", "echo <nothing>"}; !slices.Equal(ran, want) {
		t.Errorf("marked as ran are %q, want %q", ran, want)
	}
	if printed, err := o.again(t.Context(), "first", "$a", "$a again"); printed != "other again two" || err != nil {
		t.Errorf("again: got %q, %v", printed, err)
	}
	if _, err := o.again(t.Context(), "nowhere"); err == nil {
		t.Error("a part that is not there was typed again")
	}
}

func TestTheReportNamesAForgottenCommand(t *testing.T) {
	t.Parallel()
	ran, left := &command{section: "A", text: "ls", part: "a", ran: true}, &command{section: "A", text: "cp", notRun: "no disk"}
	o := operator{commands: []*command{ran, left}}
	report, err := o.report()
	if err != nil || !strings.Contains(report, "ran  A: ls\n") || !strings.Contains(report, "NOT RUN  A: cp\n") || !strings.Contains(report, "no disk") {
		t.Errorf("got %v and\n%s", err, report)
	}
	left.part, left.notRun = "b", ""
	if _, err := o.report(); err == nil || !strings.Contains(err.Error(), "no step has typed A: cp") {
		t.Errorf("got %v", err)
	}
}
