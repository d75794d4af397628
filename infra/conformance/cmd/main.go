// Command cmd tests a deployment against the contract, or with -smoke only with
// the few cases that a release has to pass and that store nothing. The tokens
// come from the environment: BEARER_TOKEN and SESSION_TOKEN of a user with all
// scopes, and optionally OTHER_BEARER_TOKEN and OTHER_SESSION_TOKEN of another
// user, READER_… with only the scope read, UNSCOPED_… without a scope, and
// EXPIRED_….
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"users-organizations/infra/conformance"
	"users-organizations/pkg/awsclient"
)

func main() {
	address := flag.String("url", "", "`URL` of the deployment, with its stage")
	smoke := flag.Bool("smoke", false, "run only the cases that a release has to pass; tokens are not required")
	wait := flag.Duration("wait", 0, "with -smoke, how long a URL that does not respond and a case that differs are repeated")
	flag.Parse()
	if err := check(*address, *smoke, *wait, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func check(address string, smoke bool, wait time.Duration, getenv func(string) string) error {
	if !awsclient.IsURL(address) {
		return fmt.Errorf("URL is %q: name the deployment with its stage, such as URL=http://127.0.0.1:3000/main", address)
	}
	caller := func(prefix string) conformance.Caller {
		return conformance.Caller{
			Bearer:  strings.TrimPrefix(getenv(prefix+"BEARER_TOKEN"), "Bearer "),
			Session: getenv(prefix + "SESSION_TOKEN"),
		}
	}
	target := conformance.Target{
		URL:      strings.TrimSuffix(address, "/"),
		Caller:   caller(""),
		Other:    caller("OTHER_"),
		Reader:   caller("READER_"),
		Unscoped: caller("UNSCOPED_"),
		Expired:  caller("EXPIRED_"),
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var report conformance.Report
	var err error
	if smoke {
		report, err = conformance.Smoke(ctx, target, wait, os.Stdout)
	} else {
		report, err = conformance.Run(ctx, target, os.Stdout)
	}
	if err != nil {
		return err
	}
	if len(report.Differ) > 0 {
		return fmt.Errorf("%d cases differ", len(report.Differ))
	}
	return nil
}
