package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"users-organizations/infra/conformance"
)

// difference is what ministack does otherwise than AWS, and which cases of the
// contract come out otherwise for this alone.
type difference struct {
	reason string
	// got begins what comes of each case.
	got   string
	cases []string
}

// knownDifferences are those of ministack 1.5.33.
var knownDifferences = []difference{
	{
		reason: "a mock integration leaves $context.requestId as it stands",
		got:    "404 not-found, with a requestId that is not its X-Request-Id",
		cases: []string{
			"another path", "another path, without tokens", "another method", "another method, without tokens",
			"an empty segment", "the user register of a list", "the user restore of a list",
		},
	},
	{
		reason: "a path is matched with a parameter where a name leads to nothing",
		got:    "400 invalid-request, path userId: malformed",
		cases:  []string{"the user register of a membership", "the user restore of a change"},
	},
	{
		reason: "%31 in a path is decoded",
		got:    "20",
		cases:  []string{"the user %31", "the user %31 of a membership"},
	},
	{
		reason: "the values of a repeated header are joined",
		got:    "400 invalid-request, header ",
		cases: []string{
			"a key twice", "a change with If-Match twice", "a removal with If-Match twice", "a restoration with If-Match twice",
		},
	},
}

// conform runs the conformance cases.
func (d *deployment) conform(ctx context.Context) (string, error) {
	target, err := d.client.target(ctx)
	if err != nil {
		return "", err
	}
	var table strings.Builder
	report, err := conformance.Run(ctx, target, &table)
	if err != nil {
		return "", err
	}
	if lines := unexpected(knownDifferences, report.Differ); len(lines) > 0 {
		return "", fmt.Errorf("%d cases came out otherwise than known:\n%s", len(lines), few(lines))
	}
	if report.NotRun > 0 {
		return "", errors.New("not every case was run:\n" + table.String())
	}
	lines := []string{fmt.Sprintf("%d cases as the contract says, %d otherwise, as known of ministack:", report.Passed, len(report.Differ))}
	for _, k := range knownDifferences {
		lines = append(lines, fmt.Sprintf("%32d: %s", len(k.cases), k.reason))
	}
	return strings.Join(lines, "\n"), nil
}

// unexpected compares what differs with what is known to: a line for each case
// that differs and should not, or no longer does.
func unexpected(known []difference, differ []conformance.Difference) []string {
	got := map[string]conformance.Difference{}
	for _, d := range differ {
		got[d.Case] = d
	}
	var lines []string
	for _, k := range known {
		for _, name := range k.cases {
			d, differs := got[name]
			delete(got, name)
			switch {
			case !differs:
				lines = append(lines, fmt.Sprintf("%q is as the contract says: take it out of knownDifferences", name))
			case !strings.HasPrefix(d.Got, k.got):
				lines = append(lines, line(d))
			}
		}
	}
	for _, d := range differ {
		if _, isLeft := got[d.Case]; isLeft {
			lines = append(lines, line(d))
		}
	}
	return lines
}

func line(d conformance.Difference) string {
	return fmt.Sprintf("%q is %s, want %s", d.Case, strings.Join(strings.Fields(d.Got), " "), d.Want)
}
