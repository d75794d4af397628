package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheWebACLIsARateRuleAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			if settings.RequestsPerAddress == 0 {
				for _, kind := range []string{
					"AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation", "AWS::WAFv2::LoggingConfiguration",
				} {
					if len(service.ofType(kind)) > 0 {
						t.Errorf("there is a %s without RequestsPerAddress", kind)
					}
				}
				return
			}
			acl := service.one(t, "AWS::WAFv2::WebACL").Properties
			wantJSON(t, "DefaultAction", acl["DefaultAction"], `{"Allow":{}}`)
			rules := list(acl["Rules"])
			if len(rules) != 1 {
				t.Fatalf("got %d rules, want 1", len(rules))
			}
			rule := object(rules[0])
			wantJSON(t, "Action", rule["Action"], `{"Block":{}}`)
			wantJSON(t, "Statement", rule["Statement"], fmt.Sprintf(
				`{"RateBasedStatement":{"AggregateKeyType":"IP","EvaluationWindowSec":300,"Limit":%d}}`, 300*settings.RequestsPerAddress))
			association := service.one(t, "AWS::WAFv2::WebACLAssociation").Properties
			if got := text(association["ResourceArn"]); !strings.HasSuffix(got, "/restapis/Api/stages/ApiDeploymentStagemain") {
				t.Errorf("the web ACL protects %s", got)
			}
			log := service.one(t, "AWS::WAFv2::LoggingConfiguration").Properties
			wantJSON(t, "ResourceArn", withoutHashes(log["ResourceArn"]), `{"Fn::GetAtt":["WebAcl","Arn"]}`)
			wantJSON(t, "RedactedFields", log["RedactedFields"],
				`[{"SingleHeader":{"Name":"authorization"}},{"SingleHeader":{"Name":"x-session-token"}},
				{"SingleHeader":{"Name":"idempotency-key"}}]`)
			wantJSON(t, "LoggingFilter", log["LoggingFilter"], `{"DefaultBehavior":"DROP","Filters":[
				{"Behavior":"KEEP","Requirement":"MEETS_ANY","Conditions":[{"ActionCondition":{"Action":"BLOCK"}}]}]}`)
			if got := text(log["LogDestinationConfigs"]); !strings.HasSuffix(got, ":log-group:WebAclLog") {
				t.Errorf("the web ACL writes to %s", got)
			}
			name := text(service.ofType("AWS::Logs::LogGroup")["WebAclLog"].Properties["LogGroupName"])
			if name != "aws-waf-logs-users-organizations-"+stacks.environment {
				t.Errorf("the log is %s: AWS WAF refuses the name, or it is another environment's", name)
			}
		})
	}
}
