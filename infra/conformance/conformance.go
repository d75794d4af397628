// Package conformance tests a running deployment against the contract, only over
// HTTP. It registers random users in random organizations, and touches nothing
// else. These memberships stay.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Caller is a pair of tokens of one user.
type Caller struct {
	// Bearer is the token without the word Bearer.
	Bearer, Session string
}

// Target is the deployment under test. A case without its caller's tokens is
// listed as NOT RUN.
type Target struct {
	// URL is the deployment's URL with its stage, without a slash at the end.
	URL string
	// Caller has all scopes of the service.
	Caller Caller
	// Other is another user with all scopes. The bearer token of Reader has only the
	// scope read, that of Unscoped none. The tokens of Expired have expired. Each
	// may be empty.
	Other, Reader, Unscoped, Expired Caller
}

// Report counts the results of the cases.
type Report struct {
	Passed, NotRun int
	// Differ are the cases that failed, in the order of the table.
	Differ []Difference
}

// Difference is a case whose result is not what the contract promises. Want and
// Got are the texts of the table.
type Difference struct{ Case, Want, Got string }

// Run runs every case and writes a table of the results. It returns an error
// only where it can't run, such as for a URL where nothing responds. Wrong and
// missing responses are in the report.
func Run(ctx context.Context, target Target, out io.Writer) (Report, error) {
	r := newRunner(target)
	if err := r.reach(ctx); err != nil {
		return Report{}, err
	}
	if target.Caller.Bearer == "" || target.Caller.Session == "" {
		return Report{}, errors.New("no case was run without tokens of a user with all scopes: set BEARER_TOKEN and SESSION_TOKEN (infra/local/README.md shows how)")
	}
	if _, err := fmt.Fprintf(out, "%s, organizations %s to %s\n\n", target.URL, r.organizationID(0), r.organizationID(organizations-1)); err != nil {
		return Report{}, err
	}
	report, err := run(ctx, r.cases(), out)
	if err != nil {
		return report, err
	}
	_, err = fmt.Fprintf(out, "\n%s\nMemberships that stay: %d, of the organizations %s to %s.\n",
		report, len(r.active), r.organizationID(0), r.organizationID(organizations-1))
	return report, err
}

func newRunner(target Target) *runner {
	return &runner{
		target:       target,
		organization: randomID(),
		active:       map[pair]bool{},
		ids:          map[string]bool{},
		seen:         map[string]string{},
		client: &http.Client{
			Timeout:       30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// run writes the table of the cases.
func run(ctx context.Context, cases []testCase, out io.Writer) (Report, error) {
	rows := table{out}
	if err := rows.row("", "case", "response"); err != nil {
		return Report{}, err
	}
	var report Report
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		if err := report.add(ctx, c, rows); err != nil {
			return report, err
		}
	}
	return report, nil
}

func (r Report) String() string {
	return fmt.Sprintf("%d as expected, %d differ, %d not run.", r.Passed, len(r.Differ), r.NotRun)
}

// add runs the case and writes its row.
func (r *Report) add(ctx context.Context, c testCase, rows table) error {
	if c.missing != "" {
		r.NotRun++
		return rows.row("NOT RUN", c.name, c.missing)
	}
	got := c.run(ctx)
	if got != c.want {
		got = shortened(got)
		r.Differ = append(r.Differ, Difference{c.name, c.want, got})
		return rows.row("DIFFERS", c.name, "expected: "+c.want, "got: "+got)
	}
	r.Passed++
	return rows.row("ok", c.name, got)
}

// shortened truncates a result, since a server can send a very long text.
func shortened(s string) string {
	const longest = 300
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}
