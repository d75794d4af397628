package main

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	machineARM64 = elf.EM_AARCH64
	machineX8664 = elf.EM_X86_64
)

// elfHeader is enough of an ELF file to name its processor.
func elfHeader(machine elf.Machine) []byte {
	header := make([]byte, 64)
	copy(header, []byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)})
	binary.LittleEndian.PutUint16(header[16:], uint16(elf.ET_EXEC))
	binary.LittleEndian.PutUint16(header[18:], uint16(machine))
	binary.LittleEndian.PutUint32(header[20:], uint32(elf.EV_CURRENT))
	binary.LittleEndian.PutUint16(header[52:], 64)
	return header
}

func TestABootstrapIsAnExecutableOfTheFunctionsProcessor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file []byte
		says []string
	}{
		"made for arm64":  {file: elfHeader(machineARM64)},
		"made for x86-64": {file: elfHeader(machineX8664), says: []string{"EM_X86_64", "arm64", "make build ARCH=arm64"}},
		"a script":        {file: []byte("#!/bin/sh\n"), says: []string{"not a Linux executable", "make build"}},
		"empty":           {file: []byte{}, says: []string{"not a Linux executable", "make build"}},
		"missing":         {says: []string{"is missing", "make build"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if test.file != nil {
				if err := os.WriteFile(filepath.Join(folder, "bootstrap"), test.file, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := checkBootstrap(folder)
			if test.says == nil {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("got no error")
			}
			for _, words := range append(test.says, filepath.Join(folder, "bootstrap")) {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q does not say %q", err, words)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has more than one line", err)
			}
		})
	}
}
