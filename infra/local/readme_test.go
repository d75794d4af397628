package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// row is a line of the README's table of answers: its status, and the command
// that shows it.
var row = regexp.MustCompile("(?m)^\\| (\\d{3})[^|]* \\| `((?:[^`\\\\]|\\\\.)+)`(, twice)?")

// stopped is how the README stops the engine and lets it go on.
var stopped = regexp.MustCompile(`pkill -(STOP|CONT) dynoxide`)

// TestTheREADMEsCurls types in what the README says, in its order, with only
// the port, the data directory, the engine's process and make's own start
// replaced.
func TestTheREADMEsCurls(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Call it\n")
	_, block, _ := strings.Cut(section, "```sh\n")
	prelude, table, found := strings.Cut(block, "```\n")
	rows := row.FindAllStringSubmatch(table, -1)
	if !found || len(rows) < 10 {
		t.Fatalf("the README's section has %d commands", len(rows))
	}
	s := start(t, options{})
	local, err := filepath.Abs(filepath.Join(root, ".local/bin/local"))
	if err != nil {
		t.Fatal(err)
	}
	templateFile, err := filepath.Abs(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	engine := s.enginePID(t)
	prelude = strings.ReplaceAll(prelude, "http://127.0.0.1:3000/main", s.URL)
	var script strings.Builder
	fmt.Fprintf(&script, "shopt -s expand_aliases\nmake() { eval \"%s token -data %s -template %s ${3#ARGS=}\"; }\nmkdir .local\n%s\n",
		local, s.data, templateFile, prelude)
	for _, r := range rows {
		command := strings.ReplaceAll(r[2], `\|`, "|")
		command = stopped.ReplaceAllString(command, "kill -$1 "+engine)
		if r[3] != "" {
			command += "\n" + command
		}
		fmt.Fprintf(&script, "echo; echo '== %s'\n%s\n", r[1], command)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script.String()) //nolint:gosec // The README's own words.
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	answers := strings.Split(string(out), "\n== ")[1:]
	if len(answers) != len(rows) {
		t.Fatalf("%d answers to %d commands:\n%s", len(answers), len(rows), out)
	}
	for i, a := range answers {
		want := rows[i][1]
		if last := a[strings.LastIndex("\n"+a, "\nHTTP/"):]; !strings.HasPrefix(last, "HTTP/1.1 "+want+" ") {
			t.Errorf("%s\nwas answered\n%.300s\nwant %s", rows[i][2], last, want)
		}
	}
}

// enginePID is the process of the system's engine.
func (s *system) enginePID(t *testing.T) string {
	t.Helper()
	for _, pid := range childrenOf(t, s.PID) {
		name, err := exec.CommandContext(t.Context(), "ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec // A number.
		if err == nil && strings.Contains(string(name), "dynoxide") {
			return strconv.Itoa(pid)
		}
	}
	t.Fatal("the local system has no engine")
	return ""
}
