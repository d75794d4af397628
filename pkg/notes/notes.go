// Package notes lets tests say what they ran on, or did not run, where a reader
// sees it: go test shows nothing of a package that passes.
package notes

import (
	"fmt"
	"os"
	"testing"
)

// Add writes a line to the test's log and, under `make test`, to the notes that
// are printed at its end. It is safe to use from several processes at once.
func Add(tb testing.TB, format string, args ...any) {
	tb.Helper()
	line := fmt.Sprintf(format, args...)
	tb.Log(line)
	name := os.Getenv("TEST_NOTES")
	if name == "" {
		return
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // named by make test
	if err != nil {
		tb.Fatal(err)
	}
	_, err = fmt.Fprintln(file, line)
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}
