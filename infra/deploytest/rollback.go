package main

import (
	"context"
	"fmt"
)

// rollBack points the alias live at another version. dev has no alias, so one is
// made first.
func (d *deployment) rollBack(ctx context.Context) (string, error) {
	function := functionPath(d.names["RegisterFunction"])
	var before, live struct{ Version, FunctionVersion string }
	if err := d.aws.post(ctx, "lambda", function+"/versions", struct{}{}, &before); err != nil {
		return "", err
	}
	if err := d.aws.post(ctx, "lambda", function+"/aliases", map[string]string{"Name": "live", "FunctionVersion": "$LATEST"}, nil); err != nil {
		return "", err
	}
	d.operator.values["the one before"] = before.Version
	if _, err := d.operator.run(ctx, "roll back"); err != nil {
		return "", err
	}
	if err := d.aws.get(ctx, "lambda", function+"/aliases/live", &live); err != nil {
		return "", err
	}
	if live.FunctionVersion != before.Version {
		return "", fmt.Errorf("the alias is at %q, want %q", live.FunctionVersion, before.Version)
	}
	return "an alias of RegisterFunction points at another version", nil
}
