package main

import (
	"testing"
)

func TestTheTableKeepsWhatItHolds(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			table := stacks.service.one(t, "AWS::DynamoDB::Table")
			wantJSON(t, "KeySchema", table.Properties["KeySchema"],
				`[{"AttributeName":"userId","KeyType":"HASH"},{"AttributeName":"organizationId","KeyType":"RANGE"}]`)
			wantJSON(t, "AttributeDefinitions", table.Properties["AttributeDefinitions"],
				`[{"AttributeName":"userId","AttributeType":"N"},{"AttributeName":"organizationId","AttributeType":"N"}]`)
			wantJSON(t, "BillingMode", table.Properties["BillingMode"], `"PAY_PER_REQUEST"`)
			wantJSON(t, "SSESpecification", table.Properties["SSESpecification"], `{"SSEEnabled":true}`)
			wantJSON(t, "PointInTimeRecoverySpecification", table.Properties["PointInTimeRecoverySpecification"],
				`{"PointInTimeRecoveryEnabled":true}`)
			if table.Properties["TableName"] != nil {
				t.Error("a table with a name of its own can't be replaced by a restored one beside it")
			}

			wantPolicy, wantProtection := "Retain", true
			if !stacks.settings.Protected {
				wantPolicy, wantProtection = "Delete", false
			}
			if table.DeletionPolicy != wantPolicy || table.UpdateReplacePolicy != wantPolicy {
				t.Errorf("policies are %s and %s, want %s", table.DeletionPolicy, table.UpdateReplacePolicy, wantPolicy)
			}
			if got := table.Properties["DeletionProtectionEnabled"]; got != wantProtection {
				t.Errorf("DeletionProtectionEnabled is %v, want %v", got, wantProtection)
			}
		})
	}
}
