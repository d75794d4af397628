package conformance

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Smoke runs the few cases that a release has to pass. They reach every
// function that serves requests, and store nothing even in a faulty deployment.
// No tokens are required: a case without its tokens is listed as NOT RUN. It
// returns an error only where it can't run, as Run does. The check for that, and a
// case that differs, are repeated until wait is over, since a new stage does not
// reach all of API Gateway at once. With 0 nothing is repeated.
func Smoke(ctx context.Context, target Target, wait time.Duration, out io.Writer) (Report, error) {
	r := newRunner(target)
	over, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var unreached error
	retry(over, func() bool {
		unreached = r.reach(ctx)
		return unreached == nil
	})
	if unreached != nil {
		return Report{}, unreached
	}
	cases := r.smoke()
	for i := range cases {
		cases[i].run = repeated(over, cases[i])
	}
	report, err := run(ctx, cases, out)
	if err != nil {
		return report, err
	}
	_, err = fmt.Fprintf(out, "\n%s\n", report)
	return report, err
}

func (r *runner) smoke() []testCase {
	const refused = "401 unauthorized"
	unsigned := Caller{Bearer: "e30.e30.e30", Session: "e30.e30.e30"} //nolint:gosec // G101: no credentials.
	read := r.call(get, r.somebody())
	scoped := func(name, want string, q request) testCase {
		return r.needs(r.target.Caller, "tokens with all scopes", r.sequence(name, want, q))
	}
	return []testCase{
		r.sequence("no token at all", refused, read.but(header("Authorization"), header("X-Session-Token"))),
		r.sequence("tokens without a valid signature", refused, read.but(as(unsigned))),
		r.sequence("another path, without tokens", "404 not-found", read.but(at("/nowhere"), header("Authorization"), header("X-Session-Token"))),
		r.needs(r.target.Unscoped, "tokens without a scope",
			r.sequence("a bearer token without a scope", "403 forbidden", read.but(as(r.target.Unscoped)))),
		scoped("an absent membership", "404 membership-not-found", read),
		scoped("a registration with an empty object", "400 invalid-request, body /scope: required, body /permissions: required",
			r.registration(sending("{}"))),
		scoped("a change of an absent membership", "404 membership-not-found", r.call(change, r.somebody(), header("If-Match", nobodys))),
	}
}

// repeated runs the case until it passes or over is done.
func repeated(over context.Context, c testCase) func(context.Context) string {
	return func(ctx context.Context) (got string) {
		retry(over, func() bool {
			got = c.run(ctx)
			return got == c.want
		})
		return got
	}
}

// retry calls passes every second until it is true or over is done, at least once.
func retry(over context.Context, passes func() bool) {
	for !passes() {
		select {
		case <-over.Done():
			return
		case <-time.After(time.Second):
		}
	}
}
