package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	local "users-organizations/infra/local/template"
)

// `sam local --config-env` runs with the settings of that environment, except
// for tables, bus and keys: those are local.
func TestSAMRunsWithTheSettingsOfAnEnvironment(t *testing.T) {
	t.Parallel()
	config := string(readFile(t, "../samconfig.toml"))
	declared, err := local.Read(templateFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, environment := range append([]string{"default"}, all...) {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			file := "events/env/" + environment + ".json"
			text, err := json.MarshalIndent(samVariables(t, environment, declared.Functions), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, '\n')
			if *update {
				if err := os.WriteFile(filepath.Join("..", file), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(readFile(t, filepath.Join("..", file)), text) {
				t.Errorf("%s is out of date: run `go test ./infra -run TestSAM -update`", file)
			}

			_, section, _ := strings.Cut(config, "\n["+environment+".global.parameters]\n")
			section, _, _ = strings.Cut(section, "\n[")
			region := "eu-west-3"
			if settings, ok := environments()[environment]; ok {
				region = settings.Region
			}
			for _, line := range []string{`region = "` + region + `"`, `env_vars = "` + file + `"`} {
				if !strings.Contains(section, line+"\n") {
					t.Errorf("[%s.global.parameters] of samconfig.toml has no line %s", environment, line)
				}
			}
		})
	}
	for _, name := range []string{"stack_name", ".deploy.", ".sync."} {
		if strings.Contains(config, name) {
			t.Errorf("samconfig.toml has %s: the CDK deploys, and SAM would deploy template.yaml over its stack", name)
		}
	}
}

// infra/README.md and deploy.yml take the region from make.
func TestMakePrintsTheRegionOfAnEnvironment(t *testing.T) {
	t.Parallel()
	workflow := string(readFile(t, "../.github/workflows/deploy.yml"))
	for _, environment := range all {
		region := environments()[environment].Region
		command := exec.CommandContext(t.Context(), "make", "-s", "--no-print-directory", //nolint:gosec // Our own names.
			"region", "ENV="+environment)
		command.Dir = ".."
		printed, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(printed); got != region+"\n" {
			t.Errorf("%s is in %q, want %s", environment, got, region)
		}
		if strings.Contains(workflow, region) {
			t.Errorf("deploy.yml names %s, which is a setting", region)
		}
	}
}

// samVariables are the variables that SAM overrides, by function: those of the
// list below that template.yaml declares for the function.
func samVariables(t *testing.T, environment string, declared map[string]local.Function) map[string]map[string]string {
	t.Helper()
	var keys bytes.Buffer
	if err := json.Compact(&keys, readFile(t, "../events/keys.json")); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{
		"TABLE_NAME":                   "memberships",
		"HISTORY_TABLE_NAME":           "memberships-history",
		"AWS_ENDPOINT_URL_DYNAMODB":    "http://host.docker.internal:8000",
		"AWS_ENDPOINT_URL_EVENTBRIDGE": "http://host.docker.internal:8001",
		"AUTH_KEYS":                    keys.String(),
	}
	if settings, ok := environments()[environment]; ok {
		variables["CORS_ALLOWED_ORIGIN"] = settings.AllowedOrigin
		variables["AUTH_ISSUER"] = settings.Issuer
		variables["AUTH_AUDIENCE"] = settings.Audience
		variables["AUTH_SCOPE_PREFIX"] = settings.ScopePrefix
	}
	found, all := map[string]bool{}, map[string]map[string]string{}
	for id, function := range declared {
		all[id] = map[string]string{}
		for name, value := range variables {
			if _, ok := function.Environment[name]; ok {
				all[id][name], found[name] = value, true
			}
		}
	}
	for name := range variables {
		if !found[name] {
			t.Errorf("template.yaml declares %s for no function, so SAM would ignore it silently", name)
		}
	}
	return all
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
