// Command cmd holds a deployment to the contract. The tokens come from the
// environment: BEARER_TOKEN and SESSION_TOKEN of a user with all scopes, and
// where they are set OTHER_BEARER_TOKEN and OTHER_SESSION_TOKEN of another user,
// READER_… with the scope read alone, UNSCOPED_… without a scope, and EXPIRED_….
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"users-organizations/infra/conformance"
	"users-organizations/pkg/awsclient"
)

func main() {
	address := flag.String("url", "", "`URL` of the deployment, with its stage")
	flag.Parse()
	if err := check(*address, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func check(address string, getenv func(string) string) error {
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
	if target.Caller.Bearer == "" || target.Caller.Session == "" {
		return errors.New("set BEARER_TOKEN and SESSION_TOKEN to the tokens of a user with all scopes")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := conformance.Run(ctx, target, os.Stdout)
	if err != nil {
		return err
	}
	if report.Differ > 0 {
		return fmt.Errorf("%d cases differ", report.Differ)
	}
	return nil
}
