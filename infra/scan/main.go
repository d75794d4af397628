// Command scan checks the templates of the stack with checkov and cfn-guard,
// where they are installed. CFN_GUARD_RULES names the rules of cfn-guard, such as
// the Well-Architected ones of github.com/aws-cloudformation/aws-guard-rules-registry.
// scan fails on a finding that is not accepted, and on an accepted one that is
// no longer found.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	if err := scan(os.Args[1:], os.Getenv("CFN_GUARD_RULES")); err != nil {
		fmt.Fprintln(os.Stderr, "scan:", err)
		os.Exit(1)
	}
}

// result is a rule and a type of resources. cfn-guard names no type.
type result struct{ rule, kind string }

// results has whether a rule found something on resources of a type.
type results map[result]bool

// scan writes a line for each tool and for each finding.
func scan(templates []string, guardRules string) error {
	all := results{}
	for _, tool := range []struct {
		name      string
		arguments []string
		read      func([]byte, results) error
	}{
		{"checkov", append([]string{
			"--framework", "cloudformation", "--skip-download", "--soft-fail", "--compact", "--output", "json", "--file",
		}, templates...), readCheckov},
		{"cfn-guard", append([]string{
			"validate", "--rules", guardRules, "--structured", "--output-format", "json", "--show-summary", "none", "--data",
		}, templates...), readGuard},
	} {
		if _, err := exec.LookPath(tool.name); err != nil {
			fmt.Println(tool.name + ": NOT RUN, not installed")
			continue
		}
		if tool.name == "cfn-guard" && guardRules == "" {
			fmt.Println(tool.name + ": NOT RUN, CFN_GUARD_RULES names no rules")
			continue
		}
		fmt.Println(tool.name, strings.Join(templates, " "))
		printed, err := run(tool.name, tool.arguments)
		if err == nil {
			err = tool.read(printed, all)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", tool.name, err)
		}
	}
	lines := all.judge(accepted)
	for _, line := range lines {
		fmt.Println(line)
	}
	if len(lines) > 0 {
		return errors.New("fix the findings, or accept them in infra/scan/accepted.go with the reason")
	}
	return nil
}

// run returns the output of a tool. cfn-guard exits with 19 if it finds
// something.
func run(name string, arguments []string) ([]byte, error) {
	command := exec.Command(name, arguments...) //nolint:gosec,noctx // Constant names; make ends it.
	var stderr bytes.Buffer
	command.Stderr = &stderr
	printed, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 19 {
		return printed, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return printed, nil
}

func readCheckov(printed []byte, all results) error {
	type check struct {
		CheckID  string `json:"check_id"`
		Resource string `json:"resource"` // AWS::Lambda::Function.RegisterFunction
	}
	var report struct {
		Results struct {
			Passed []check `json:"passed_checks"`
			Failed []check `json:"failed_checks"`
		} `json:"results"`
	}
	if err := json.Unmarshal(printed, &report); err != nil {
		return fmt.Errorf("reading its report: %w", err)
	}
	for _, checks := range []struct {
		found bool
		list  []check
	}{{false, report.Results.Passed}, {true, report.Results.Failed}} {
		for _, c := range checks.list {
			kind, _, _ := strings.Cut(c.Resource, ".")
			all.add(result{c.CheckID, kind}, checks.found)
		}
	}
	return nil
}

func readGuard(printed []byte, all results) error {
	var reports []struct {
		Compliant    []string `json:"compliant"`
		NotCompliant []struct {
			Rule struct {
				Name string `json:"name"`
			} `json:"Rule"`
		} `json:"not_compliant"`
	}
	if err := json.Unmarshal(printed, &reports); err != nil {
		return fmt.Errorf("reading its report: %w", err)
	}
	for _, report := range reports {
		for _, name := range report.Compliant {
			all.add(result{rule: name}, false)
		}
		for _, rule := range report.NotCompliant {
			all.add(result{rule: rule.Rule.Name}, true)
		}
	}
	return nil
}

func (r results) add(of result, found bool) { r[of] = r[of] || found }

// judge has a line for each finding that is not accepted, and for each accepted
// one whose rule finds nothing.
func (r results) judge(accepted []acceptance) []string {
	var lines []string
	for of, found := range r {
		known := slices.ContainsFunc(accepted, func(a acceptance) bool { return a.rule == of.rule && a.kind == of.kind })
		switch {
		case found && !known:
			lines = append(lines, strings.TrimSpace(of.rule+" "+of.kind)+": found")
		case known && !found:
			lines = append(lines, strings.TrimSpace(of.rule+" "+of.kind)+": accepted, but no longer found")
		}
	}
	slices.Sort(lines)
	return lines
}
