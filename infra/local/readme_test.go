package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// row is a line of the README's table of responses: its status, a part of the
// response where the status alone does not tell enough, and the command that
// shows it.
var row = regexp.MustCompile("(?m)^\\| (\\d{3})(?: `([^`]+)`)? \\| `([^`]+)`(, twice)?")

// process is the line in which the local system names its engine's process.
var process = regexp.MustCompile(`(?m)^  DynamoDB .*, process (\d+),`)

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
	if !found || len(rows) < 20 {
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
	s.output.wait(t, "curl")
	named := process.FindStringSubmatch(s.output.String())
	if named == nil {
		t.Fatalf("the engine's process is not named:\n%s", s.output)
	}
	prelude = strings.ReplaceAll(prelude, "http://127.0.0.1:3000/main", s.URL)
	var script strings.Builder
	fmt.Fprintf(&script, "make() { eval \"%s token -data %s -template %s ${3#ARGS=}\"; }\nmkdir .local\n%s\n",
		local, s.data, templateFile, prelude)
	for _, r := range rows {
		command := strings.ReplaceAll(r[3], "<engine>", named[1])
		if r[4] != "" {
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
	responses := strings.Split(string(out), "\n== ")[1:]
	if len(responses) != len(rows) {
		t.Fatalf("%d responses to %d commands:\n%s", len(responses), len(rows), out)
	}
	for i, all := range responses {
		status, part, command := rows[i][1], rows[i][2], rows[i][3]
		last := all[strings.LastIndex("\n"+all, "\nHTTP/"):]
		if !strings.HasPrefix(last, "HTTP/1.1 "+status+" ") || !strings.Contains(last, part) {
			t.Errorf("%s\ngot\n%.2000s\nwant %s %s", command, last, status, part)
		}
	}
}
