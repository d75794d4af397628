package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// If one of these ids changed, CloudFormation would make a new table, new keys,
// or a new API with another address.
func TestLogicalIDsStay(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			service := assemblyOf(t, environment).service
			for id, kind := range map[string]string{ //nolint:gosec // Names of resources, no credentials.
				"Api":                "AWS::ApiGateway::RestApi",
				"AuthorizerFunction": "AWS::Lambda::Function",
				"BearerKeys":         "AWS::SecretsManager::Secret",
				"ChangeFunction":     "AWS::Lambda::Function",
				"EventBus":           "AWS::Events::EventBus",
				"HistoryTable":       "AWS::DynamoDB::Table",
				"MembershipsTable":   "AWS::DynamoDB::Table",
				"ReadFunction":       "AWS::Lambda::Function",
				"RecordFunction":     "AWS::Lambda::Function",
				"RegisterFunction":   "AWS::Lambda::Function",
				"SessionKeys":        "AWS::SecretsManager::Secret",
			} {
				if got := service.Resources[id].Type; got != kind {
					t.Errorf("%s is %q, want %s", id, got, kind)
				}
			}
		})
	}
}

// The commands of infra/README.md use these outputs.
func TestTheOutputsNameWhatAnOperatorNeeds(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			region := stacks.settings.Region
			want := map[string]string{
				"BearerKeysSecret": "BearerKeys", "SessionKeysSecret": "SessionKeys", "TableName": "MembershipsTable",
				"HistoryTableName": "HistoryTable", "DiscardedChangesBucket": "DiscardedChanges",
				"EventBusName": "EventBus", "EventBusArn": "EventBus.Arn", "EventArchiveArn": "EventArchive.Arn",
				"Region": region,
				"Url":    "https://Api.execute-api." + region + ".AWS::URLSuffix/ApiDeploymentStagemain" + pathOf("registerUserOrganization"),
			}
			if domain := stacks.settings.Domain; domain != "" {
				want["Url"] = "https://" + domain + pathOf("registerUserOrganization")
				want["DomainTarget"] = "Domain.RegionalDomainName"
			}
			if stacks.settings.BackupDays > 0 {
				want["BackupVault"] = "Backups.BackupVaultName"
			}
			if stacks.settings.Canary {
				want["ReleaseApplication"] = "Releases"
			}
			for _, f := range functions {
				want[f.id()+"Name"] = f.id()
				if stacks.settings.Canary {
					want[f.title()+"ReleaseGroup"] = f.title() + "Release"
				}
			}
			got := map[string]string{}
			for id, output := range stacks.service.Outputs {
				got[id] = text(output.Value)
			}
			if !maps.Equal(got, want) {
				t.Errorf("the outputs are %v, want %v", got, want)
			}
		})
	}
}

func TestNoTemplateHoldsASecretOrAnEndpoint(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			service := assemblyOf(t, environment).service
			for _, words := range []string{"AWS_ENDPOINT_URL", `"AUTH_KEYS"`, `"SecretString"`, "NoEcho", "resolve:"} {
				if strings.Contains(string(assemblyOf(t, environment).text), words) {
					t.Errorf("the template contains %s", words)
				}
			}
			for id, resource := range service.Resources {
				if strings.HasPrefix(resource.Type, "Custom::") || resource.Type == "AWS::CloudFormation::CustomResource" {
					t.Errorf("%s runs custom code in a deployment", id)
				}
			}
		})
	}
}

func TestEveryLogEnds(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			groups := service.ofType("AWS::Logs::LogGroup")
			want := []string{"AccessLog", "ExecutionLog"}
			for _, f := range functions {
				want = append(want, f.id()+"Log")
			}
			if settings.RequestsPerAddress > 0 {
				want = append(want, "WebAclLog")
			}
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(groups)); !slices.Equal(got, want) {
				t.Errorf("the log groups are %v, want %v", got, want)
			}
			for id, group := range groups {
				audit := id == "AccessLog" || strings.HasSuffix(id, "FunctionLog")
				days, ends := group.Properties["RetentionInDays"].(float64)
				if !ends || environment == operated && days != map[bool]float64{true: 731, false: 14}[audit] ||
					environment == "prod" && audit && days < 365 {
					t.Errorf("%s is kept for %v days", id, days)
				}
				checkRemoval(t, id, group, settings)
			}
			if got := text(groups["ExecutionLog"].Properties["LogGroupName"]); got != "API-Gateway-Execution-Logs_Api/main" {
				t.Errorf("API Gateway would not find %s", got)
			}
		})
	}
}

// CloudFormation refuses a template with a circular dependency. An alias waits
// for its release, and that for its alarms.
func TestNoResourceWaitsForItself(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		if circle := assemblyOf(t, environment).service.circle(); circle != nil {
			t.Errorf("%s: %s", environment, strings.Join(circle, " waits for "))
		}
	}
}

func TestACircleIsFound(t *testing.T) {
	t.Parallel()
	wait := func(on string) map[string]any {
		return map[string]any{"A": []any{map[string]any{"Fn::GetAtt": []any{on, "Arn"}}}}
	}
	group := map[string]any{"Group": map[string]any{"Ref": "alarm"}}
	service := template{Resources: map[string]resource{
		"mapping": {Properties: wait("alias")}, "alias": {UpdatePolicy: group}, "alarm": {Properties: wait("mapping")},
	}}
	if circle := service.circle(); len(circle) != 4 {
		t.Errorf("got %v, want the circle of all three", circle)
	}
	service.Resources["alarm"] = resource{}
	if circle := service.circle(); circle != nil {
		t.Errorf("got %v, want none", circle)
	}
}

// checkRemoval checks that a protected environment keeps a resource with data,
// unless its creation failed.
func checkRemoval(t *testing.T, id string, r resource, settings Settings) {
	t.Helper()
	deletion, replacement := "RetainExceptOnCreate", "Retain"
	if !settings.Protected {
		deletion, replacement = "Delete", "Delete"
	}
	if r.DeletionPolicy != deletion || r.UpdateReplacePolicy != replacement {
		t.Errorf("%s has the policies %s and %s, want %s and %s",
			id, r.DeletionPolicy, r.UpdateReplacePolicy, deletion, replacement)
	}
}
