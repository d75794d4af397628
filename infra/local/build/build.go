// Package build builds commands of this module as they ship, for tests and
// measurements.
package build

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"

	"users-organizations/pkg/dynamo/engine"
)

// Command builds the command in a folder of this module, such as
// functions/register, as directory/register/bootstrap, and gives the file's path.
// The Makefile builds it with the flags of a deployment, for this machine.
func Command(ctx context.Context, directory, folder string) (string, error) {
	root, err := engine.ModuleRoot()
	if err != nil {
		return "", err
	}
	file, err := filepath.Abs(filepath.Join(directory, path.Base(folder), "bootstrap"))
	if err != nil {
		return "", fmt.Errorf("find the folder of %s: %w", folder, err)
	}
	cmd := exec.CommandContext(ctx, "make", "--silent", "--no-print-directory", "--directory", root, //nolint:gosec // The caller names a folder of this module.
		"bootstrap", "PACKAGE=./"+folder, "OUT="+file)
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", folder, err, said)
	}
	return file, nil
}
