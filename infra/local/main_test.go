package main_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"users-organizations/infra/local/template"
)

// root is the folder of go.mod, from this package.
const root = "../.."

// TestMain builds what these tests run: the local system and the functions,
// as `make run` does. The system does not start without a route for each operation:
// that is one error here, and not one for each test.
func TestMain(m *testing.M) {
	declared, err := template.Read(filepath.Join(root, "template.yaml"), nil)
	if err == nil {
		err = declared.API.Complete()
	}
	if err == nil {
		err = build()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func build() error {
	if err := noticeSources(); err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), "make", "--silent", "bin", "engine")
	cmd.Dir = root
	cmd.Env = withoutMake(os.Environ())
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make bin engine: %w\n%s", err, said)
	}
	return nil
}

// noticeSources looks at every source of the binaries: go test uses a cached result
// only while the files that the test looked at are unchanged.
func noticeSources() error {
	for _, folder := range []string{"functions", "infra/docs", "infra/local", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			_, err = os.Stat(path)
			return err
		})
		if err != nil {
			return fmt.Errorf("looking at the sources: %w", err)
		}
	}
	return nil
}

// withoutMake removes the variables that a make that runs the tests has set.
func withoutMake(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "MAKE") && !strings.HasPrefix(variable, "MFLAGS") {
			kept = append(kept, variable)
		}
	}
	return kept
}
