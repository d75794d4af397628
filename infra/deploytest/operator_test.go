package main

import (
	"strings"
	"testing"
)

// TestTheCommandsThatAreNotRun holds their list to the READMEs.
func TestTheCommandsThatAreNotRun(t *testing.T) {
	t.Parallel()
	var o operator
	if err := o.read(t.Context(), "../.."); err != nil {
		t.Error(err)
	}
}

func TestACommandIsRunOnceInItsSection(t *testing.T) {
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
			got.ran = true
		}
	}
}

func TestTheReportNamesAForgottenCommand(t *testing.T) {
	t.Parallel()
	ran, left := &command{section: "A", text: "ls", ran: true}, &command{section: "A", text: "cp", notRun: "no disk"}
	o := operator{commands: []*command{ran, left}}
	report, err := o.report()
	if err != nil || !strings.Contains(report, "ran  A: ls\n") || !strings.Contains(report, "NOT RUN  A: cp\n") || !strings.Contains(report, "no disk") {
		t.Errorf("got %v and\n%s", err, report)
	}
	left.notRun = ""
	if _, err := o.report(); err == nil || !strings.Contains(err.Error(), "nothing runs A: cp") {
		t.Errorf("got %v", err)
	}
}
