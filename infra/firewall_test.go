package main

import (
	"strings"
	"testing"
)

func TestTheWebACLIsARateRuleAndNothingElse(t *testing.T) {
	t.Parallel()
	// As many as the stage takes, five minutes long; the last by a setting of its own.
	limits := map[string]string{"staging": "30000", "prod": "150000", withOptions: "1500"}
	for _, environment := range append([]string{withOptions}, all...) {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			service := assemblyOf(t, environment).service
			if environment == "dev" {
				for _, kind := range []string{"AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"} {
					if len(service.ofType(kind)) > 0 {
						t.Errorf("dev has a %s", kind)
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
			wantJSON(t, "Statement", rule["Statement"],
				`{"RateBasedStatement":{"AggregateKeyType":"IP","EvaluationWindowSec":300,"Limit":`+limits[environment]+`}}`)
			association := service.one(t, "AWS::WAFv2::WebACLAssociation").Properties
			if got := text(association["ResourceArn"]); !strings.HasSuffix(got, "/restapis/Api/stages/ApiDeploymentStagemain") {
				t.Errorf("the web ACL stands before %s", got)
			}
		})
	}
}
