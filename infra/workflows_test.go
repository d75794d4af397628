package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The install script of an npm package would run with the credentials of the
// deployment.
func TestNothingIsInstalledWithCredentials(t *testing.T) {
	t.Parallel()
	workflows, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(workflows, "../Makefile", "../.ci/run") {
		text := string(readFile(t, file))
		for line := range strings.Lines(text) {
			if strings.Contains(line, "npm ci") && !strings.Contains(line, "--ignore-scripts") {
				t.Errorf("%s: %s", file, line)
			}
		}
		if before, _, given := strings.Cut(text, "configure-aws-credentials"); given && !strings.Contains(before, "make cli\n") {
			t.Errorf("%s installs the CDK after it gets credentials", file)
		}
	}
}

// The policy of CloudFormation, with which infra/README.md bootstraps an
// account, has to grant every service of the templates. Nothing grants all of
// IAM.
func TestTheExecutionPolicyFitsTheTemplates(t *testing.T) {
	t.Parallel()
	file := readFile(t, "execution-policy.json")
	var policy struct {
		Statement []struct {
			Effect   string
			Action   any
			Resource any
		}
	}
	if err := json.Unmarshal(file, &policy); err != nil {
		t.Fatal(err)
	}
	var granted []string
	for _, statement := range policy.Statement {
		for action := range strings.SplitSeq(text(statement.Action), ",") {
			service, what, _ := strings.Cut(action, ":")
			if what == "*" || service == "iam" {
				granted = append(granted, service)
			}
			if service == "*" || service == "iam" && (what == "*" || text(statement.Resource) == "*") {
				t.Errorf("it grants %s on %v", action, statement.Resource)
			}
		}
	}
	var needed []string
	for _, environment := range checked {
		stacks := assemblyOf(t, environment)
		for _, of := range []template{stacks.service, stacks.gateway} {
			for _, resource := range of.Resources {
				needed = append(needed, strings.ToLower(strings.Split(resource.Type, "::")[1]))
			}
		}
	}
	slices.Sort(needed)
	for _, service := range slices.Compact(needed) {
		if !slices.Contains(granted, service) {
			t.Errorf("it does not grant %s", service)
		}
	}
	if size := len(strings.Join(strings.Fields(string(file)), "")); size > 6144 {
		t.Errorf("it has %d characters, more than the 6144 of a managed policy", size)
	}
}
