package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"

	"users-organizations/pkg/awsclient"
)

// defaultConcurrency is more than one person's scripts and tests need, and less than
// the 1,000 of an AWS account: each invocation may need a process of about 10 MB.
const defaultConcurrency = 200

const (
	defaultPort     = "3000"
	defaultData     = ".local"
	defaultTemplate = "template.yaml"
	defaultConfig   = "samconfig.toml"
)

// settings say how the local system is served.
type settings struct {
	// port is the gateway's; "0" for any free one.
	port string
	// data is the directory of the keys and of the engine's file.
	data string
	// binaries has a folder with a bootstrap file for each function.
	binaries string
	template string
	// renderer is the script of the reference page.
	renderer string
	// ready is the file to write once the system serves; empty for none.
	ready string
	// concurrency is how many invocations of each function may run at once.
	concurrency int
	// endpoint is the URL of a DynamoDB-compatible server; empty for the embedded
	// engine.
	endpoint string
}

func readSettings(arguments []string, getenv func(string) string, messages io.Writer) (settings, error) {
	port := getenv("PORT")
	if port == "" {
		port = defaultPort
	}
	s := settings{endpoint: getenv("DYNAMODB_ENDPOINT")}
	flags := flag.NewFlagSet("local serve", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.StringVar(&s.port, "port", port, "`port` of the gateway, 0 for a free one; PORT in the environment does the same")
	flags.StringVar(&s.data, "data", defaultData, "`directory` of keys and data")
	flags.StringVar(&s.binaries, "bin", ".local/bin", "`directory` of the function binaries")
	flags.StringVar(&s.template, "template", defaultTemplate, "the SAM template `file`")
	flags.StringVar(&s.renderer, "renderer", ".local/docs/renderer.js", "the `file` that draws the reference page")
	flags.StringVar(&s.ready, "ready", "", "`file` to write, as JSON, once the system serves")
	flags.IntVar(&s.concurrency, "concurrency", defaultConcurrency, "invocations of one function at once, `1` or more; any more are throttled, as by Lambda")
	if err := flags.Parse(arguments); err != nil {
		return settings{}, err
	}
	return s, s.check(flags.Args())
}

func (s settings) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || strconv.FormatUint(n, 10) != s.port {
		return fmt.Errorf("PORT is %q: it must be a number from 0 to 65535", s.port)
	}
	if s.concurrency < 1 {
		return errors.New("-concurrency must be 1 or more")
	}
	if s.endpoint == "" {
		return nil
	}
	if !awsclient.IsURL(s.endpoint) {
		return fmt.Errorf("DYNAMODB_ENDPOINT is %q: it must be a URL such as http://127.0.0.1:8000", s.endpoint)
	}
	return nil
}
