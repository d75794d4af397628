package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// checkBootstrap returns an error unless the folder holds what Lambda starts: an
// executable for arm64 named bootstrap.
func checkBootstrap(folder string) error {
	name := filepath.Join(folder, "bootstrap")
	file, err := elf.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: run `make build`, which builds every folder of functions/", name)
	}
	if err != nil {
		return fmt.Errorf("%s is not a Linux executable (%w): run `make build`", name, err)
	}
	defer func() { _ = file.Close() }()
	if file.Machine != elf.EM_AARCH64 {
		return fmt.Errorf("%s is built for %v, but the functions run on arm64: run `make build ARCH=arm64`",
			name, file.Machine)
	}
	return nil
}
