package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
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
	if err := reserve(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, file.Truncate(0)
}

// reserve locks the file until it is closed.
func reserve(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("a local system uses %s%s: stop it first", filepath.Dir(file.Name()), holder(file.Name()))
	}
	if err != nil {
		return fmt.Errorf("locking %s: %w", file.Name(), err)
	}
	return nil
}

// checkFree returns an error while a local system uses the data directory.
func checkFree(arguments []string, messages io.Writer) error {
	flags := flag.NewFlagSet("local free", flag.ContinueOnError)
	flags.SetOutput(messages)
	data := flags.String("data", defaultData, "`directory` of keys and data")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(*data, "lock"), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the lock of the data directory: %w", err)
	}
	defer func() { _ = file.Close() }()
	return reserve(file)
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
