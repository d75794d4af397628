package main_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// row matches a row of a README's table of responses: the status, a part of the
// response where the status is not enough, and the command that gets it.
var row = regexp.MustCompile("(?m)^\\| (\\d{3})(?: `([^`]+)`)? \\| `([^`]+)`(, twice)?")

// process matches the line in which the local system names its engine's process.
var process = regexp.MustCompile(`(?m)^  DynamoDB .*, process (\d+),`)

// readme gives the text of a folder's README.
func readme(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block gives the first block of commands below a title.
func block(t *testing.T, text, title string) string {
	t.Helper()
	_, section, _ := strings.Cut(text, "\n"+title+"\n")
	_, commands, _ := strings.Cut(section, "```sh\n")
	commands, _, found := strings.Cut(commands, "```\n")
	if !found {
		t.Fatalf("no commands below %s", title)
	}
	return commands
}

// runCommands runs commands of a README in an empty folder, on this system's port and
// data directory, and with make run in the repository.
func (s *system) runCommands(t *testing.T, commands string) string {
	t.Helper()
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	const script = `make() {
	case $1 in
	-s) eval "%[1]s/.local/bin/local token -data %[2]s -template %[1]s/template.yaml ${3#ARGS=}" ;;
	*) command make --no-print-directory -C %[1]s "$@" ;;
	esac
}
mkdir .local
`
	cmd := exec.CommandContext(t.Context(), "bash", "-c", fmt.Sprintf(script, top, s.data)+commands) //nolint:gosec // The READMEs' own words.
	cmd.Dir = t.TempDir()
	cmd.Env = append(withoutMake(os.Environ()), "PORT="+address.Port())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// untilRecorded waits until all changes of the pair have their entries: a page is filled
// with those alone.
const untilRecorded = `for _ in {1..2000}; do call $PAIR/history | grep -q '"complete":true' && break; done
`

// TestTheREADMEsCurls runs the READMEs' commands in their order.
func TestTheREADMEsCurls(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	s.output.wait(t, "curl")
	named := process.FindStringSubmatch(s.output.String())
	if named == nil {
		t.Fatalf("the engine's process is not named:\n%s", s.output)
	}
	first := readme(t, "")
	rows := row.FindAllStringSubmatch(first+readme(t, "infra/local"), -1)
	if len(rows) < 24 {
		t.Fatalf("the READMEs have %d commands", len(rows))
	}
	script := block(t, first, "## Call it")
	for _, r := range rows {
		command := strings.ReplaceAll(r[3], "<engine>", named[1])
		if r[4] != "" {
			command += "\n" + command
		}
		if strings.Contains(command, "history?pageSize") {
			script += untilRecorded
		}
		script += fmt.Sprintf("echo; echo '== %s'\n%s\n", r[1], command)
	}
	responses := strings.Split(s.runCommands(t, script), "\n== ")[1:]
	if len(responses) != len(rows) {
		t.Fatalf("%d responses to %d commands:\n%s", len(responses), len(rows), responses)
	}
	for i, all := range responses {
		status, part, command := rows[i][1], rows[i][2], rows[i][3]
		last := all[strings.LastIndex("\n"+all, "\nHTTP/"):]
		if !strings.HasPrefix(last, "HTTP/1.1 "+status+" ") || !strings.Contains(last, part) {
			t.Errorf("%s\ngot\n%.2000s\nwant %s %s", command, last, status, part)
		}
	}
}

func TestTheREADMEsConformanceCheck(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	out := s.runCommands(t, block(t, readme(t, "infra/local"), "## A deployment against the contract"))
	if strings.Contains(out, "NOT RUN") || !strings.Contains(out, "Memberships that stay:") {
		t.Errorf("it printed\n%s", out)
	}
}

var (
	commands = regexp.MustCompile("(?s)```sh\n(.*?)```")
	program  = regexp.MustCompile(`(?m)(?:^|[ (;|])(make (?:-s )?[a-z-]+|aws|npx cdk|sam|docker|git switch) `)
)

// TestTheTableNamesEachCommandOfTheREADMEs compares the table of what runs the
// commands with the blocks of commands, and with what CI runs.
func TestTheTableNamesEachCommandOfTheREADMEs(t *testing.T) {
	t.Parallel()
	_, table, found := strings.Cut(readme(t, "infra/local"), "\n## What runs the commands\n")
	if !found {
		t.Fatal("the table is missing")
	}
	seen := map[string]bool{}
	for _, folder := range []string{"", "infra", "infra/local"} {
		for _, block := range commands.FindAllStringSubmatch(readme(t, folder), -1) {
			for _, m := range program.FindAllStringSubmatch(strings.ReplaceAll(block[1], "\n", " \n"), -1) {
				seen[strings.Replace(m[1], "-s ", "", 1)] = true
			}
		}
	}
	if len(seen) < 12 {
		t.Errorf("the READMEs have only the commands %v", seen)
	}
	for command := range seen {
		if !strings.Contains(table, "`"+command+"`") {
			t.Errorf("the table does not say what runs %s", command)
		}
	}
	ci, err := os.ReadFile(filepath.Join(root, ".ci/run"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(table) {
		listed, _, _ := strings.Cut(line, "| [`.ci/run`]")
		if listed == line {
			continue
		}
		for _, m := range regexp.MustCompile("`(make [a-z-]+)`").FindAllStringSubmatch(listed, -1) {
			if !regexp.MustCompile(`(?m)(^|\d )` + m[1] + `$`).Match(ci) {
				t.Errorf(".ci/run has no %s", m[1])
			}
		}
	}
}
