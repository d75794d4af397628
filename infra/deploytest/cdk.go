package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cdk runs the pinned CDK CLI on an assembly of the account, and returns what it
// printed. The CLI runs in infra/, since cdk.json forbids it to call home.
func (a account) cdk(ctx context.Context, folder string, assembly assembly, arguments ...string) (string, error) {
	cli, err := filepath.Abs("infra/node_modules/.bin/cdk")
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, cli, append(arguments, "--app", string(assembly))...) //nolint:gosec // G204: our own words.
	command.Dir = "infra"
	command.WaitDelay = 5 * time.Second
	command.Env = a.environment(folder)
	printed, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cdk %s: %w:\n%s", arguments[0], err, lastLines(string(printed), 20))
	}
	return string(printed), nil
}

// environment is that of a program which works on the account.
func (a account) environment(folder string) []string {
	return append(isolated(folder),
		"AWS_ENDPOINT_URL="+a.url,
		"AWS_REGION="+a.region,
		"AWS_ACCESS_KEY_ID="+rootKey,
		"AWS_SECRET_ACCESS_KEY="+rootKey,
		"AWS_EC2_METADATA_DISABLED=true",
		"CDK_DISABLE_VERSION_CHECK=true",
		"CI=true",
	)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
