package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// assembly is the input and the output of one synthesis.
type assembly struct {
	environment string
	settings    Settings
	// service and gateway are the templates of the two stacks. gateway is empty
	// without GatewayLogRole.
	service, gateway template
	// findings are the errors and warnings of cdk-nag and of the CDK itself.
	findings []finding
	// violations are the reports of the CDK's template validation.
	violations []any
	// text is the service's template, byte for byte.
	text []byte
}

// finding is an annotation on a construct.
type finding struct{ construct, text string }

// operated is prod with another value for every setting.
const operated = "prod in operation"

var (
	all = []string{"dev", "staging", "prod"}
	// checked are the environments in which every rule must hold.
	checked = append([]string{operated}, all...)
)

func inOperation() Settings {
	return Settings{
		Account:             "123456789012",
		Region:              "eu-central-1",
		GatewayLogRole:      false,
		Domain:              "memberships.backoffice.invalid",
		Certificate:         "arn:aws:acm:eu-central-1:123456789012:certificate/0c2a7e0e-6f0d-4a0e-9b5c-1f2d3c4b5a69",
		Memory:              map[string]int{"register": 512, "authorizer": 128},
		ReservedConcurrency: map[string]int{"register": 10},
		RequestsPerSecond:   50,
		Burst:               60,
		RequestsPerAddress:  5,
		Tracing:             0.5,
		AuditRetention:      awslogs.RetentionDays_TWO_YEARS,
		LogRetention:        awslogs.RetentionDays_TWO_WEEKS,
		BackupDays:          365,
		CustomerManagedKey:  true,
		Protected:           true,
		AlarmEmail:          "alarms@backoffice.invalid",
		AlarmEndpoint:       "https://pager.backoffice.invalid/integration/1/enqueue",
		Canary:              true,
		AllowedOrigin:       "https://backoffice.invalid",
		Issuer:              "https://auth.backoffice.invalid",
		Audience:            "backoffice",
		ScopePrefix:         "memberships",
		AuthorizerTTL:       300,
	}
}

// synthesize writes every environment once for all tests. The CDK's runtime
// takes one caller at a time, so a test that calls the CDK itself must not be
// parallel.
var synthesize = sync.OnceValues(func() (map[string]assembly, error) {
	root, err := os.MkdirTemp("", "users-organizations-infra-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(root) }()
	dist, err := standIns(root)
	if err != nil {
		return nil, err
	}

	assemblies := map[string]assembly{}
	for _, name := range checked {
		environment, settings := name, environments()[name]
		if name == operated {
			environment, settings = "prod", inOperation()
		}
		outdir := filepath.Join(root, name)
		app, err := newTestApp(outdir, environment)
		if err != nil {
			return nil, err
		}
		if err := build(app, map[string]Settings{environment: settings}, dist); err != nil {
			return nil, err
		}
		app.Synth(nil)
		if assemblies[name], err = readAssembly(outdir, environment, settings); err != nil {
			return nil, err
		}
	}
	return assemblies, nil
})

func assemblyOf(t *testing.T, environment string) assembly {
	t.Helper()
	assemblies, err := synthesize()
	if err != nil {
		t.Fatalf("synthesizing: %v", err)
	}
	return assemblies[environment]
}

// newTestApp is the app with the context of cdk.json, checked by cdk-nag.
func newTestApp(outdir, environment string) (awscdk.App, error) {
	context, err := cdkContext()
	if err != nil {
		return nil, err
	}
	context["env"] = environment
	// A test compares the findings; as errors they would end the synthesis.
	context["@aws-cdk/core:annotationsInValidationReport"] = false
	app := awscdk.NewApp(&awscdk.AppProps{Context: &context, Outdir: jsii.String(outdir)})
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(false)}), nil)
	return app, nil
}

func cdkContext() (map[string]any, error) {
	var file struct{ Context map[string]any }
	err := readJSON("cdk.json", &file)
	return file.Context, err
}

// standIns makes a folder like dist/, with files that have the header of an
// executable for arm64.
func standIns(root string) (string, error) {
	dist := filepath.Join(root, "dist")
	for _, f := range functions {
		folder := filepath.Join(dist, f.name)
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(folder, "bootstrap"), elfHeader(machineARM64), 0o600); err != nil {
			return "", err
		}
	}
	return dist, nil
}

func readAssembly(outdir, environment string, settings Settings) (assembly, error) {
	read := assembly{environment: environment, settings: settings}
	name := "users-organizations-" + environment
	text, err := os.ReadFile(filepath.Join(outdir, name+".template.json"))
	if err != nil {
		return read, err
	}
	read.text = text
	if err := json.Unmarshal(text, &read.service); err != nil {
		return read, fmt.Errorf("the template of %s: %w", name, err)
	}
	stacks := []string{name}
	if settings.GatewayLogRole {
		const gateway = "api-gateway-log-role"
		stacks = append(stacks, gateway)
		if err := readJSON(filepath.Join(outdir, gateway+".template.json"), &read.gateway); err != nil {
			return read, err
		}
	}
	var report struct{ PluginReports []any }
	if err := readJSON(filepath.Join(outdir, "validation-report.json"), &report); err != nil {
		return read, err
	}
	read.violations = report.PluginReports

	for _, stack := range stacks {
		var metadata map[string][]struct {
			Type string
			Data any
		}
		if err := readJSON(filepath.Join(outdir, stack+".metadata.json"), &metadata); err != nil {
			return read, err
		}
		for construct, entries := range metadata {
			for _, entry := range entries {
				switch entry.Type {
				case "aws:cdk:error", "aws:cdk:warning":
					read.findings = append(read.findings, finding{construct, fmt.Sprint(entry.Data)})
				}
			}
		}
	}
	return read, nil
}

func readJSON(name string, into any) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
