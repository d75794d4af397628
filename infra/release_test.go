package main

import (
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
			for _, release := range []struct{ group, alias, alarms string }{
				{"RegisterRelease", "RegisterFunctionLive",
					"RegisterErrorsAlarm,ServerErrorsAlarm,RegisterLatencyAlarm,RegisterThrottlesAlarm"},
				{"AuthorizerRelease", "AuthorizerFunctionLive",
					"ServerErrorsAlarm,AuthorizerFailuresAlarm,AuthorizerLatencyAlarm,AuthorizerThrottlesAlarm"},
			} {
				p := groups[release.group].Properties
				wantJSON(t, release.group, p["DeploymentConfigName"], `"CodeDeployDefault.LambdaCanary10Percent5Minutes"`)
				wantJSON(t, release.group, p["AutoRollbackConfiguration"],
					`{"Enabled":true,"Events":["DEPLOYMENT_FAILURE","DEPLOYMENT_STOP_ON_REQUEST","DEPLOYMENT_STOP_ON_ALARM"]}`)
				alarms := object(p["AlarmConfiguration"])
				var names []string
				for _, alarm := range list(alarms["Alarms"]) {
					names = append(names, text(object(alarm)["Name"]))
				}
				if got := strings.Join(names, ","); got != release.alarms || alarms["Enabled"] != true {
					t.Errorf("%s goes back on %s, want %s", release.group, got, release.alarms)
				}
				wantJSON(t, release.alias, withoutHashes(aliases[release.alias].UpdatePolicy), `{"CodeDeployLambdaAliasUpdate":{
					"ApplicationName":{"Ref":"Releases"},"DeploymentGroupName":{"Ref":"`+release.group+`"}}}`)
			}
			for id, alarm := range service.ofType("AWS::CloudWatch::Alarm") {
				walk(map[string]any{"": alarm.Properties}, func(_ string, value any) {
					metric := object(value)
					if metric["Namespace"] != "AWS/Lambda" {
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
