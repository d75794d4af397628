package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// runMake runs make in folder, with a shell script instead of go, node and npm.
func runMake(t *testing.T, folder, script string, arguments ...string) (string, error) {
	t.Helper()
	makefile, err := filepath.Abs(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, name := range []string{"go", "node", "npm"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // A program.
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-f", makefile}, arguments...)...) //nolint:gosec // The tests' own words.
	cmd.Dir = folder
	cmd.Env = append(withoutMake(os.Environ()), "PATH="+bin+":"+os.Getenv("PATH"))
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// TestFuzzDistinguishesAFindingFromATimeout: one fuzz target fails for an input,
// another because its time is over.
func TestFuzzDistinguishesAFindingFromATimeout(t *testing.T) {
	t.Parallel()
	const script = `case "$*" in
*FuzzAuthorizer*) printf -- '--- FAIL: FuzzAuthorizer (1.00s)\n    --- FAIL: FuzzAuthorizer (0.00s)\n        fuzz_test.go:30: context deadline exceeded\nFAIL\n'; exit 1;;
*FuzzBearer*) printf -- '--- FAIL: FuzzBearer (2.50s)\n    context deadline exceeded\nFAIL\n'; exit 1;;
*'FuzzParse$'*) exit 1;;
*) echo 'ok  	users-organizations'
esac`
	for name, c := range map[string]struct {
		target string
		want   []string
		fails  bool
	}{
		"all":            {"", []string{"pkg/membership FuzzParseRegistration\nok", "pkg/token FuzzSession\nok", "\nfailed, or not run: FuzzAuthorizer FuzzParse\n"}, true},
		"one that is ok": {"FuzzSession", []string{"pkg/token FuzzSession\nok"}, false},
		"one timed out":  {"FuzzBearer", []string{"pkg/token FuzzBearer\n--- FAIL"}, false},
		"an unknown one": {"FuzzNothing", []string{`FUZZ is "FuzzNothing": there is no such fuzz target`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, err := runMake(t, root, script, "fuzz", "FUZZ="+c.target)
			if (err != nil) != c.fails {
				t.Errorf("make ended with %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("it printed\n%s\nwant %q", said, want)
				}
			}
			if c.target != "" && strings.Contains(said, "FuzzParseRegistration") {
				t.Errorf("another target ran, too:\n%s", said)
			}
		})
	}
}

func TestLoadWritesToOUT(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{"": "", "/tmp/load.md": "/tmp/load.md"} {
		said, err := runMake(t, root, "", "--dry-run", "load", "OUT="+out)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ := strings.Cut(strings.TrimSpace(said), "-load-out "); got != want {
			t.Errorf("OUT=%s: the figures go to %q in\n%s", out, got, said)
		}
	}
}

// kept matches the files of .local that commands of the READMEs write.
var kept = regexp.MustCompile(`> (\.local/[a-z.-]+)`)

// TestCleanLocalLeavesNoSecret checks the system's own files and the tokens that
// commands of the READMEs write. Tools, which are slow to install again, stay, and
// so does everything while the system serves.
func TestCleanLocalLeavesNoSecret(t *testing.T) {
	t.Parallel()
	var text []byte
	for _, file := range []string{"README.md", "infra/README.md", "infra/local/README.md"} {
		readme, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, readme...)
	}
	var gone []string
	for _, match := range kept.FindAllStringSubmatch(string(text), -1) {
		gone = append(gone, match[1])
	}
	if len(gone) < 4 {
		t.Fatalf("the READMEs' commands write no tokens: %q", gone)
	}
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, ".local/tools"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range append(gone, ".local/tools/linter") {
		if err := os.WriteFile(filepath.Join(folder, file), nil, 0o600); err != nil { //nolint:gosec // The README's own words.
			t.Fatal(err)
		}
	}
	// The go script builds the real program.
	program, err := filepath.Abs(filepath.Join(root, ".local/bin/local"))
	if err != nil {
		t.Fatal(err)
	}
	script := `while [ "$1" != -o ]; do shift; done; mkdir -p "${2%/*}" && cp ` + program + ` "$2"`
	s := start(t, options{data: filepath.Join(folder, ".local")})
	before := s.register(t, "1/1")
	said, err := runMake(t, folder, script, "clean-local")
	if err == nil || !strings.HasPrefix(said, "local: a local system uses .local ("+s.URL+", process ") {
		t.Errorf("while a system serves, make ended with %v and printed\n%s", err, said)
	}
	if a := s.send(t, before); a.status != 201 {
		t.Errorf("then the system responds %d %s", a.status, a.body)
	}
	s.process.Stop()
	if said, err := runMake(t, folder, script, "clean-local"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	left, err := os.ReadDir(filepath.Join(folder, ".local"))
	if err != nil || len(left) != 1 || left[0].Name() != "tools" {
		t.Errorf("left are %v, %v; want only the tools", left, err)
	}
}

// TestRunShowsItsSteps runs make run with everything to build, with nothing to
// build, and with a compiler that finds an error. It installs no engine if one is
// on PATH.
func TestRunShowsItsSteps(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, file := range []string{"functions/read/main.go", "functions/register/main.go", "infra/docs/package.json", "infra/docs/renderer.mjs", "infra/local/package-lock.json"} {
		file = filepath.Join(folder, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The go script builds a program that prints serving.
	const programs = `case "$0 $*" in
*/go*)
	eval "package=\${$#}"
	while [ "$1" != -o ]; do shift; done
	printf '#!/bin/sh\ntest "$1" = free || echo serving\n' > "$2" && chmod +x "$2"
	go_says "$package";;
*/node*) mkdir -p "${2%/*}" && touch "$2";;
*/npm*) while [ "$1" != --prefix ]; do shift; done; mkdir -p "$2/node_modules";;
esac`
	const toolchain = "go: downloading go1.27.3 (linux/amd64)"
	const everything = `go_says() { for line in "` + toolchain + `" "go: downloading example.com/a v1.0.0" "go: downloading example.com/b v1.0.0" internal/abi crypto/internal/fips140 \
	github.com/aws/aws-sdk-go-v2/aws "users-organizations/${1#./}"; do echo "$line" >&2; done; }` + "\n"
	const nothing = "go_says() { :; }\n"
	const wrong = `go_says() { echo "users-organizations/${1#./}" >&2; echo "# users-organizations/${1#./}" >&2; echo "${1#./}/main.go:3:1: undefined: x" >&2; exit 1; }` + "\n"
	installed := "installing the DynamoDB engine"
	if _, err := exec.LookPath("dynoxide"); err == nil {
		installed = ""
	}
	for _, c := range []struct {
		name, script string
		want         []string
		fails        bool
	}{
		{"everything to do", everything, []string{
			toolchain, "downloading modules", "building infra/local",
			toolchain, "downloading modules", "building functions/read",
			toolchain, "downloading modules", "building functions/register",
			"fetching the renderer of the reference page", installed, "serving",
		}, false},
		{"nothing to do", nothing, []string{"serving"}, false},
		{"an error", wrong, []string{"building infra/local", "# users-organizations/infra/local", "infra/local/main.go:3:1: undefined: x"}, true},
	} {
		said, err := runMake(t, folder, c.script+programs, "run")
		lines := strings.Split(strings.TrimSpace(said), "\n")
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "make") })
		want := slices.DeleteFunc(c.want, func(line string) bool { return line == "" })
		if (err != nil) != c.fails || !slices.Equal(lines, want) {
			t.Errorf("%s: make ended with %v and printed %q, want %q", c.name, err, lines, want)
		}
	}
}

// TestMakeRefusesBeforeItCompiles: make checks its arguments first.
func TestMakeRefusesBeforeItCompiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments []string
		want      string
	}{
		"no URL":                 {[]string{"conformance"}, `URL is "": name the deployment with its stage, such as URL=http://127.0.0.1:3000/main`},
		"no URL to check":        {[]string{"smoke"}, `URL is "": name the deployment`},
		"a URL without a scheme": {[]string{"conformance", "URL=127.0.0.1:3000/main"}, `URL is "127.0.0.1:3000/main": name the deployment`},
		"a port in words":        {[]string{"run", "PORT=http"}, `PORT is "http": it must be a number from 0 to 65535`},
		"a port that is too big": {[]string{"run", "PORT=65536"}, `PORT is "65536": it must be a number from 0 to 65535`},
		"no such environment":    {[]string{"token", "ENV=foo"}, `ENV is "foo": say ENV=dev, ENV=staging or ENV=prod`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, err := runMake(t, root, "echo compiled; exit 1", c.arguments...)
			if err == nil || !strings.HasPrefix(said, c.want) || strings.Contains(said, "compiled") {
				t.Errorf("make ended with %v and printed\n%s\nwant only %q", err, said, c.want)
			}
		})
	}
}

// TestAFailedTestNamesItsPackages: they are far above the end of the output.
func TestAFailedTestNamesItsPackages(t *testing.T) {
	t.Parallel()
	const tools = `case "$*" in *-o*) while [ "$1" != -o ]; do shift; done; : >"$2";; list*) echo all;; env*) echo 0;; *test*) `
	for name, c := range map[string]struct {
		tests string
		want  string
		fails bool
	}{
		"two packages": {`printf 'FAIL\tus/a [build failed]\nok  \tus/b\t1s\n--- FAIL: TestC\nFAIL\nFAIL\tus/c\t1s\nok  \tus/d\t1s\nFAIL\n'; exit 1`, "\nfailed: us/a us/c; see above\n", true},
		"none":         {`printf 'ok  \tus/a\t1s\n'`, "What the tests ran on", false},
		"no list":      {`exit 1`, "Race detector", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, err := runMake(t, t.TempDir(), tools+c.tests+";; esac", "test", "ENGINE=", "FUNCTIONS=", "REQUIRE_RACE=")
			if (err != nil) != c.fails || !strings.Contains(said, c.want) || c.fails == strings.Contains(said, "What the tests ran on") {
				t.Errorf("make ended with %v and printed\n%s\nwant %q", err, said, c.want)
			}
		})
	}
}
