// Command local runs the service on one machine: an embedded DynamoDB engine, the
// real function binaries, and a gateway made from template.yaml.
//
//	local [serve] [flags]    serve until Ctrl-C
//	local token [flags]      print tokens that it accepts
//	local free [flags]       fail with one line while a local system uses the data
//	local engine             print which DynamoDB engine is installed
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"users-organizations/pkg/dynamo/engine"
)

func main() {
	err := run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

func run(arguments []string, getenv func(string) string, out, messages io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	command := "serve"
	if len(arguments) > 0 && arguments[0] != "" && arguments[0][0] != '-' {
		command, arguments = arguments[0], arguments[1:]
	}
	switch command {
	case "serve":
		s, err := readSettings(arguments, getenv, messages)
		if err != nil {
			return err
		}
		return serve(ctx, s, out, messages)
	case "token":
		return printTokens(ctx, arguments, runAWS, out, messages)
	case "free":
		return checkFree(arguments, messages)
	case "engine":
		return printEngine(ctx, out)
	default:
		return fmt.Errorf("there is no command %q: use serve, token, free or engine", command)
	}
}

// printEngine starts the engine once: it prints only an engine that runs.
func printEngine(ctx context.Context, out io.Writer) error {
	e, err := engine.Start(ctx, engine.Options{})
	if err != nil {
		return err
	}
	defer e.Stop()
	_, err = fmt.Fprintf(out, "DynamoDB engine: %s (%s)\n", e.Name(), e.Binary())
	return err
}
