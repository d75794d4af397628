// Package notes shows what tests ran on and what they did not run. go test itself
// shows nothing of a package that passes.
package notes

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// Add writes a line to the test's log and, under `make test`, to the notes that are
// printed at its end. Several processes may call it at once.
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
	if err := errors.Join(err, file.Close()); err != nil {
		tb.Fatal(err)
	}
}
