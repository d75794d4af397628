package engine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

var errMissing = errors.New("no DynamoDB engine for " + runtime.GOOS + "/" + runtime.GOARCH +
	": run `make engine`, put a dynoxide on PATH, or set DYNAMODB_ENDPOINT to a running DynamoDB-compatible server")

// find returns the path of the engine that npm installed for this platform, or else
// of the one on PATH.
func find() (string, error) {
	root, err := ModuleRoot()
	if err != nil {
		return "", err
	}
	installed := filepath.Join(root, "infra", "local", "node_modules", "@dynoxide", platform(), "dynoxide")
	if info, err := os.Stat(installed); err == nil && info.Mode().IsRegular() {
		return installed, nil
	}
	path, err := exec.LookPath("dynoxide")
	if err != nil {
		return "", errMissing
	}
	return path, nil
}

// platform is npm's name of this platform.
func platform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}

// ModuleRoot returns the nearest directory with a go.mod, from the working directory
// upwards: commands start in the root, tests in the folder of their package.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the module's root: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("there is no go.mod here or above: start this in the project's folder")
		}
		dir = parent
	}
}
