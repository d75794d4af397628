package main

import (
	"slices"
	"strings"
	"testing"
)

func TestACanaryReleasesInSteps(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			service := stacks.service
			groups := service.ofType("AWS::CodeDeploy::DeploymentGroup")
			aliases := service.ofType("AWS::Lambda::Alias")
			if !stacks.settings.Canary {
				if len(groups)+len(aliases) > 0 {
					t.Errorf("got %d deployment groups and %d aliases, want none", len(groups), len(aliases))
				}
				return
			}
			if len(groups) != len(functions) {
				t.Errorf("got %d deployment groups for %d functions", len(groups), len(functions))
			}
			for _, f := range functions {
				group, alias := f.title()+"Release", f.id()+"Live"
				want := []string{f.title() + "ErrorsAlarm", f.title() + "LatencyAlarm", f.title() + "ThrottlesAlarm"}
				switch {
				case f.readsStream:
					// No caller sees its failures.
					want = append(want, "RecordLagAlarm", "RecordPublishFailuresAlarm", "RecordGapsAlarm", "RecordUnreadableAlarm")
				case f.name == authorizer:
					// Any caller with a bad token can raise the authorizer's errors.
					want = append(want[1:], "ServerErrorsAlarm", "AuthorizerFailuresAlarm")
				default:
					want = append(want, "ServerErrorsAlarm")
				}
				p := groups[group].Properties
				wantJSON(t, group, p["DeploymentConfigName"], `"CodeDeployDefault.LambdaCanary10Percent5Minutes"`)
				wantJSON(t, group, p["AutoRollbackConfiguration"],
					`{"Enabled":true,"Events":["DEPLOYMENT_FAILURE","DEPLOYMENT_STOP_ON_REQUEST","DEPLOYMENT_STOP_ON_ALARM"]}`)
				alarms := object(p["AlarmConfiguration"])
				var names []string
				for _, alarm := range list(alarms["Alarms"]) {
					names = append(names, text(object(alarm)["Name"]))
				}
				if !slices.Equal(names, want) || alarms["Enabled"] != true {
					t.Errorf("%s is rolled back by %s, want %s", group, names, want)
				}
				wantJSON(t, alias, withoutHashes(aliases[alias].UpdatePolicy), `{"CodeDeployLambdaAliasUpdate":{
					"ApplicationName":{"Ref":"Releases"},"DeploymentGroupName":{"Ref":"`+group+`"}}}`)
			}
			for id, alarm := range service.ofType("AWS::CloudWatch::Alarm") {
				walk(map[string]any{"": alarm.Properties}, func(_ string, value any) {
					metric := object(value)
					// The metrics of the event source mapping have no version or alias, and
					// Lambda documents IteratorAge only by function.
					ofMapping := []string{"IteratorAge", "FailedInvokeEventCount", "OnFailureDestinationDeliveredEventCount", "DroppedEventCount"}
					if metric["Namespace"] != "AWS/Lambda" || slices.Contains(ofMapping, text(metric["MetricName"])) {
						return
					}
					if dimensions := withoutHashes(metric["Dimensions"]); !strings.Contains(text(dimensions), ":live") {
						t.Errorf("%s does not watch the alias: %v", id, dimensions)
					}
				})
			}
		})
	}
}
