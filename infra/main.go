// Command infra is the CDK app of this service: it writes the CloudFormation
// templates of the environment that the context value "env" names.
package main

import (
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
	if err := build(app, filepath.Join("..", "dist")); err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}

// build adds the stacks of one environment to the app, with the functions'
// executables from dist. A context value "deploy" says that a deployment is
// what they are wanted for.
func build(app awscdk.App, dist string) error {
	environment, _ := app.Node().TryGetContext(jsii.String("env")).(string)
	settings, err := settingsOf(environment)
	if err != nil {
		return err
	}
	if app.Node().TryGetContext(jsii.String("deploy")) != nil {
		if err := settings.deployable(); err != nil {
			return fmt.Errorf("settings of %s: %w", environment, err)
		}
	}
	for _, function := range []string{registerFolder, authorizerFolder} {
		if err := checkBootstrap(filepath.Join(dist, function)); err != nil {
			return err
		}
	}
	newStacks(app, environment, settings, dist)
	return nil
}
