package main

import (
	"slices"
	"strings"
	"testing"
)

// acceptance accepts the findings of a rule on constructs whose path ends in
// constructs.
type acceptance struct {
	rule, constructs, reason string
	where                    func(Settings) bool
}

const byAuthorizer = "callers are authenticated by a Lambda authorizer, by design"

// accepted are the findings of cdk-nag that we accept, and why. The test fails
// on any other finding, and on an accepted one that is no longer found.
var accepted = []acceptance{
	{"AwsSolutions-COG4", "/POST/Resource", byAuthorizer, anywhere},
	{"AwsSolutions-COG4", "/GET/Resource", byAuthorizer, anywhere},
	{"AwsSolutions-COG4", "/PATCH/Resource", byAuthorizer, anywhere},
	{"AwsSolutions-COG4", "/DELETE/Resource", byAuthorizer, anywhere},
	{"AwsSolutions-COG4", "/ANY/Resource", "a method that only responds with 404 needs no authentication", anywhere},
	{"AwsSolutions-APIG4", "/ANY/Resource", "a method that only responds with 404 needs no authorization", anywhere},
	{"AwsSolutions-APIG2", "/Api/Resource", "the handler reports every problem of a request at once", anywhere},
	{"AwsSolutions-SMG4", "/BearerKeys/Resource", "keys rotate by adding a key, which the issuer has to do too", anywhere},
	{"AwsSolutions-SMG4", "/SessionKeys/Resource", "keys rotate by adding a key, which the issuer has to do too", anywhere},
	{"AwsSolutions-S1", "/DiscardedChanges/Resource", "an operator reads it after an alarm; nobody would read an access log", anywhere},
	{"AwsSolutions-IAM5[Resource::<DiscardedChanges598D9B7C.Arn>/aws/lambda/*]", "/RecordFunctionRole/Resource",
		"Lambda chooses the names of the objects", anywhere},
	{"AwsSolutions-APIG3", "/DeploymentStage.main/Resource", "dev has no web ACL", func(s Settings) bool { return s.RequestsPerAddress == 0 }},
	{"AwsSolutions-IAM5[Resource::*]", "FunctionRole/Resource", "xray:PutTraceSegments has no resources", func(s Settings) bool { return s.Tracing > 0 }},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
		"Release/ServiceRole/Resource", "AWS's managed policy for the role of CodeDeploy", func(s Settings) bool { return s.Canary }},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]",
		"/BackupPlan/Tables/Role/Resource", "AWS's managed policy for the role of AWS Backup", func(s Settings) bool { return s.BackupDays > 0 }},
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
		"/api-gateway-log-role/Role/Resource", "API Gateway refuses a log role with fewer rights",
		func(s Settings) bool { return s.GatewayLogRole }},
}

func anywhere(Settings) bool { return true }

func TestNagFindsNothingElse(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			used := make([]bool, len(accepted))
			for _, found := range stacks.findings {
				i := slices.IndexFunc(accepted, func(a acceptance) bool {
					return strings.HasPrefix(found.text, a.rule+":") && strings.HasSuffix(found.construct, a.constructs) &&
						a.where(stacks.settings)
				})
				if i < 0 {
					t.Errorf("%s: %s", found.construct, found.text)
					continue
				}
				used[i] = true
			}
			for i, a := range accepted {
				if !used[i] && a.where(stacks.settings) {
					t.Errorf("%s on %s is accepted, but no longer found", a.rule, a.constructs)
				}
			}
		})
	}
}

func TestTheCDKsOwnValidationFindsNothing(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		if violations := assemblyOf(t, environment).violations; len(violations) > 0 {
			t.Errorf("%s: %v", environment, violations)
		}
	}
}
