package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock reserves the directory for one local system, until Close or the end of the
// process.
func lock(directory string) (*os.File, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // The user names it.
	if err != nil {
		return nil, fmt.Errorf("locking the data directory: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, file.Truncate(0)
	}
	defer func() { _ = file.Close() }()
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("locking %s: %w", file.Name(), err)
	}
	return nil, fmt.Errorf("another local system uses %s%s: stop it first", directory, holder(file.Name()))
}

// holder gives what the other system has written about itself, in parentheses; ""
// if it has written nothing yet.
func holder(file string) string {
	text, _ := os.ReadFile(file) //nolint:gosec // The user names the directory.
	if len(text) == 0 {
		return ""
	}
	return " (" + string(text) + ")"
}
