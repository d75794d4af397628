// Command infra is the CDK app of this service: it writes the CloudFormation
// templates of the environment that the context value "env" names.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

func main() {
	err := run()
	jsii.Close()
	if err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		os.Exit(1)
	}
}

func run() error {
	app := awscdk.NewApp(nil)
	if err := build(app, environments(), filepath.Join("..", "dist")); err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}

// build adds the stacks of one environment to the app, with the functions'
// executables from dist. The context value "env" names the environment. With
// "deploy" the settings must be deployable, and "commit" must be set.
func build(app awscdk.App, all map[string]Settings, dist string) error {
	environment, _ := app.Node().TryGetContext(jsii.String("env")).(string)
	settings, err := settingsOf(all, environment)
	if err != nil {
		return err
	}
	commit, _ := app.Node().TryGetContext(jsii.String("commit")).(string)
	if app.Node().TryGetContext(jsii.String("deploy")) != nil {
		if err := settings.deployable(); err != nil {
			return fmt.Errorf("settings of %s: %w", environment, err)
		}
		if commit == "" {
			return errors.New("the commit to deploy is missing: run `make deploy`, or add -c commit=<its hash>")
		}
	}
	if err := checkOperations(); err != nil {
		return err
	}
	for _, f := range functions {
		if err := checkBootstrap(filepath.Join(dist, f.name)); err != nil {
			return err
		}
	}
	service := newStacks(app, environment, settings, dist)
	if commit != "" {
		newOutput(service, "Commit", "The commit that was deployed last.", jsii.String(commit))
	}
	return nil
}
