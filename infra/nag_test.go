package main

import (
	"slices"
	"strings"
	"testing"
)

// acceptance is of what a rule finds on the constructs whose path ends so.
type acceptance struct {
	rule, constructs, reason string
	environments             []string
}

// accepted are the findings of cdk-nag that we live with, and why. A finding
// that is not among them fails the test, and so does one of them that is not
// found any more.
var accepted = []acceptance{
	{"AwsSolutions-COG4", "/POST/Resource", "callers are authenticated by a Lambda authorizer, by design", all},
	{"AwsSolutions-COG4", "/ANY/Resource", "a method that only answers 404 needs no authentication", all},
	{"AwsSolutions-APIG4", "/ANY/Resource", "a method that only answers 404 needs no authorization", all},
	{"AwsSolutions-APIG2", "/Api/Resource", "the handler reports every problem of a request at once", all},
	{"AwsSolutions-SMG4", "/BearerKeys/Resource", "keys rotate by adding a key, which the issuer has to do too", all},
	{"AwsSolutions-SMG4", "/SessionKeys/Resource", "keys rotate by adding a key, which the issuer has to do too", all},
	{"AwsSolutions-APIG3", "/DeploymentStage.main/Resource", "dev has no web ACL", []string{"dev"}},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
		"Release/ServiceRole/Resource", "the policy that AWS keeps for CodeDeploy's own role", []string{"prod"}},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
		"/api-gateway-log-role/Role/Resource", "API Gateway refuses a log role that may do less", all},
}

func TestNagFindsNothingElse(t *testing.T) {
	t.Parallel()
	for _, environment := range all {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			used := make([]bool, len(accepted))
			for _, found := range assemblyOf(t, environment).findings {
				i := slices.IndexFunc(accepted, func(a acceptance) bool {
					return strings.HasPrefix(found.text, a.rule+":") && strings.HasSuffix(found.construct, a.constructs) &&
						slices.Contains(a.environments, environment)
				})
				if i < 0 {
					t.Errorf("%s: %s", found.construct, found.text)
					continue
				}
				used[i] = true
			}
			for i, a := range accepted {
				if !used[i] && slices.Contains(a.environments, environment) {
					t.Errorf("%s on %s is accepted, but not found any more", a.rule, a.constructs)
				}
			}
		})
	}
}

func TestTheCDKsOwnValidationFindsNothing(t *testing.T) {
	t.Parallel()
	for _, environment := range all {
		if violations := assemblyOf(t, environment).violations; len(violations) > 0 {
			t.Errorf("%s: %v", environment, violations)
		}
	}
}
