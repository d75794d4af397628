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
			if !settings.WebACL {
				for _, kind := range []string{"AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"} {
					if len(service.ofType(kind)) > 0 {
						t.Errorf("there is a %s that nobody asked for", kind)
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
			perSecond := settings.RequestsPerAddress
			if perSecond == 0 {
				perSecond = settings.RequestsPerSecond
			}
			wantJSON(t, "Statement", rule["Statement"], fmt.Sprintf(
				`{"RateBasedStatement":{"AggregateKeyType":"IP","EvaluationWindowSec":300,"Limit":%d}}`, 300*perSecond))
			association := service.one(t, "AWS::WAFv2::WebACLAssociation").Properties
			if got := text(association["ResourceArn"]); !strings.HasSuffix(got, "/restapis/Api/stages/ApiDeploymentStagemain") {
				t.Errorf("the web ACL stands before %s", got)
			}
		})
	}
}
