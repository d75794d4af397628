package main

import (
	"strings"
	"testing"
)

func TestProdReleasesInSteps(t *testing.T) {
	t.Parallel()
	inEach(t, func(t *testing.T, environment string, _ Settings, service template) {
		groups := service.ofType("AWS::CodeDeploy::DeploymentGroup")
		aliases := service.ofType("AWS::Lambda::Alias")
		if environment != "prod" {
			if len(groups)+len(aliases) > 0 {
				t.Errorf("got %d deployment groups and %d aliases, want none", len(groups), len(aliases))
			}
			return
		}
		for _, release := range []struct{ group, alias, alarms string }{
			{"RegisterRelease", "RegisterFunctionLive",
				"RegisterErrorsAlarm,ServerErrorsAlarm,RegisterLatencyAlarm,RegisterThrottlesAlarm"},
			{"AuthorizerRelease", "AuthorizerFunctionLive",
				"AuthorizerFailuresAlarm,AuthorizerLatencyAlarm,AuthorizerThrottlesAlarm"},
		} {
			p := groups[release.group].Properties
			wantJSON(t, release.group, p["DeploymentConfigName"], `"CodeDeployDefault.LambdaCanary10Percent5Minutes"`)
			wantJSON(t, release.group, p["AutoRollbackConfiguration"],
				`{"Enabled":true,"Events":["DEPLOYMENT_FAILURE","DEPLOYMENT_STOP_ON_REQUEST","DEPLOYMENT_STOP_ON_ALARM"]}`)
			alarms := p["AlarmConfiguration"].(map[string]any)
			var names []string
			for _, alarm := range alarms["Alarms"].([]any) {
				names = append(names, text(alarm.(map[string]any)["Name"]))
			}
			if got := strings.Join(names, ","); got != release.alarms || alarms["Enabled"] != true {
				t.Errorf("%s goes back on %s, want %s", release.group, got, release.alarms)
			}
			wantJSON(t, release.alias, withoutHashes(aliases[release.alias].UpdatePolicy), `{"CodeDeployLambdaAliasUpdate":{
				"ApplicationName":{"Ref":"Releases"},"DeploymentGroupName":{"Ref":"`+release.group+`"}}}`)
		}
		for _, alarm := range service.ofType("AWS::CloudWatch::Alarm") {
			if alarm.Properties["Namespace"] != "AWS/Lambda" {
				continue
			}
			if dimensions := withoutHashes(alarm.Properties["Dimensions"]); !strings.Contains(text(dimensions), ":live") {
				t.Errorf("%v does not watch the alias: %v", alarm.Properties["MetricName"], dimensions)
			}
		}
	})
}
