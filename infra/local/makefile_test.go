package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// runMake runs make in folder, with a shell script in the place of go.
func runMake(t *testing.T, folder, script string, arguments ...string) (string, error) {
	t.Helper()
	makefile, err := filepath.Abs(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // A program.
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-f", makefile}, arguments...)...) //nolint:gosec // The tests' own words.
	cmd.Dir = folder
	cmd.Env = append(withoutMake(os.Environ()), "PATH="+bin+":"+os.Getenv("PATH"))
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// TestFuzzTellsAFindingFromTheEndOfItsTime has each of two fuzz targets fail in
// one way.
func TestFuzzTellsAFindingFromTheEndOfItsTime(t *testing.T) {
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
		"all":             {"", []string{"pkg/membership FuzzParseRegistration\nok", "pkg/token FuzzSession\nok", "\nfailed, or not run: FuzzAuthorizer FuzzParse\n"}, true},
		"one that is ok":  {"FuzzSession", []string{"pkg/token FuzzSession\nok"}, false},
		"one at its end":  {"FuzzBearer", []string{"pkg/token FuzzBearer\n--- FAIL"}, false},
		"one that is not": {"FuzzNothing", []string{`FUZZ is "FuzzNothing": there is no such fuzz target`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, err := runMake(t, root, script, "fuzz", "FUZZ="+c.target)
			if (err != nil) != c.fails {
				t.Errorf("make ended with %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("it said\n%s\nwant %q", said, want)
				}
			}
			if c.target != "" && strings.Contains(said, "FuzzParseRegistration") {
				t.Errorf("another target ran, too:\n%s", said)
			}
		})
	}
}

func TestLoadWritesWhereItIsTold(t *testing.T) {
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

// kept are the files of .local that the READMEs have their reader write.
var kept = regexp.MustCompile(`> (\.local/[a-z.-]+)`)

// TestCleanLocalLeavesNoSecret holds for the system's own files and for the
// tokens that the READMEs tell to keep. What is only slow to make again stays.
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
	gone := []string{".local/keys.json", ".local/dynamodb.sqlite", ".local/dynamodb.sqlite-wal", ".local/lock"}
	for _, match := range kept.FindAllStringSubmatch(string(text), -1) {
		gone = append(gone, match[1])
	}
	if len(gone) < 8 {
		t.Fatalf("the READMEs keep no tokens: %q", gone)
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
	if said, err := runMake(t, folder, "", "clean-local"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	left, err := os.ReadDir(filepath.Join(folder, ".local"))
	if err != nil || len(left) != 1 || left[0].Name() != "tools" {
		t.Errorf("left are %v, %v; want the tools alone", left, err)
	}
}
