package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

func TestMain(m *testing.M) {
	// Without a stack every test of it would fail with the same message.
	if err := checkOperations(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: only TestNothingIsForgotten runs\n", err)
		flag.Parse()
		if err := flag.Set("test.run", "^TestNothingIsForgotten$"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	jsii.Close() // Removes the files that it has unpacked.
	os.Exit(code)
}

func TestABuildStopsAtAnError(t *testing.T) {
	root := t.TempDir()
	dist, err := standIns(root)
	if err != nil {
		t.Fatal(err)
	}
	environments := environments()
	prod := inOperation()
	prod.AlarmEmail = "alarms@example.com"
	environments["prod"] = prod
	for name, test := range map[string]struct {
		context map[string]any
		dist    string
		want    string
	}{
		"no environment":      {nil, dist, `environment "" is unknown: choose one of dev, prod, staging`},
		"unknown environment": {map[string]any{"env": "test"}, dist, `environment "test" is unknown`},
		"an example deployed": {map[string]any{"env": "prod", "deploy": "true"}, dist, "settings of prod: AlarmEmail is "},
		"no commit":           {map[string]any{"env": "dev", "deploy": "true"}, dist, "the commit to deploy is missing: "},
		"nothing built":       {map[string]any{"env": "dev"}, root, filepath.Join(root, "register/bootstrap") + " is missing"},
	} {
		app := awscdk.NewApp(&awscdk.AppProps{Context: &test.context, Outdir: jsii.String(t.TempDir())})
		if err := build(app, environments, test.dist); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", name, err, test.want)
		}
		if stacks := len(*app.Node().Children()); stacks > 0 {
			t.Errorf("%s: got %d stacks, want none", name, stacks)
		}
	}
}

func TestADeploymentOfRealSettingsNamesItsCommit(t *testing.T) {
	outdir := t.TempDir()
	dist, err := standIns(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	app, err := newTestApp(outdir, "prod")
	if err != nil {
		t.Fatal(err)
	}
	app.Node().SetContext(jsii.String("deploy"), "true")
	const commit = "fb59a3d2c1d1a4c5e0a4e6f2b7a9c3d8e1f0a2b4"
	app.Node().SetContext(jsii.String("commit"), commit)
	if err := build(app, map[string]Settings{"prod": inOperation()}, dist); err != nil {
		t.Fatal(err)
	}
	app.Synth(nil)
	read, err := readAssembly(outdir, "prod", inOperation())
	if err != nil {
		t.Fatal(err)
	}
	if got := read.service.Outputs["Commit"].Value; got != commit {
		t.Errorf("the commit is %v, want %s", got, commit)
	}
}

// TestTheCDKsOwnValidationFindsNothing would pass with the validation off.
func TestTheCDKsOwnValidationIsOn(t *testing.T) {
	app, err := newTestApp(t.TempDir(), "dev")
	if err != nil {
		t.Fatal(err)
	}
	stack := awscdk.NewStack(app, jsii.String("broken"), nil)
	awsdynamodb.NewCfnTable(stack, jsii.String("Table"), &awsdynamodb.CfnTableProps{
		BillingMode: jsii.String("PAY_PER_REQUEST"),
		KeySchema:   &[]*awsdynamodb.CfnTable_KeySchemaProperty{},
	}).AddDeletionOverride(jsii.String("Properties.KeySchema"))

	// The CDK writes its findings to the standard error.
	found, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	inherited := os.Stderr
	os.Stderr = stderr
	defer func() {
		failure := fmt.Sprint(recover())
		if !strings.Contains(failure, "Validation failed") {
			os.Stderr = inherited
			t.Fatalf("a table without a key was accepted: %s", failure)
		}
		for lines := bufio.NewScanner(found); lines.Scan(); {
			if strings.Contains(lines.Text(), "Acknowledge with") {
				break // The last line.
			}
		}
		os.Stderr = inherited
	}()
	app.Synth(nil)
}
