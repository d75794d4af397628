package main

import (
	"testing"
)

func TestTheTablesKeepTheirData(t *testing.T) {
	t.Parallel()
	schemas := map[string]struct{ keys, attributes string }{
		"MembershipsTable": {
			`[{"AttributeName":"userId","KeyType":"HASH"},{"AttributeName":"organizationId","KeyType":"RANGE"}]`,
			`[{"AttributeName":"userId","AttributeType":"N"},{"AttributeName":"organizationId","AttributeType":"N"}]`,
		},
		"HistoryTable": {
			`[{"AttributeName":"pair","KeyType":"HASH"},{"AttributeName":"sequence","KeyType":"RANGE"}]`,
			`[{"AttributeName":"pair","AttributeType":"S"},{"AttributeName":"sequence","AttributeType":"N"}]`,
		},
	}
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			wantPolicy, wantProtection := "Retain", true
			if !stacks.settings.Protected {
				wantPolicy, wantProtection = "Delete", false
			}
			if got := len(stacks.service.ofType("AWS::DynamoDB::Table")); got != len(schemas) {
				t.Errorf("got %d tables, want %d", got, len(schemas))
			}
			for id, schema := range schemas {
				table := stacks.service.Resources[id]
				wantJSON(t, id+" KeySchema", table.Properties["KeySchema"], schema.keys)
				wantJSON(t, id+" AttributeDefinitions", table.Properties["AttributeDefinitions"], schema.attributes)
				wantJSON(t, id+" BillingMode", table.Properties["BillingMode"], `"PAY_PER_REQUEST"`)
				wantJSON(t, id+" PointInTimeRecoverySpecification", table.Properties["PointInTimeRecoverySpecification"],
					`{"PointInTimeRecoveryEnabled":true}`)
				if table.Properties["TableName"] != nil {
					t.Errorf("%s has a fixed name, so CloudFormation can't replace it", id)
				}
				if table.DeletionPolicy != wantPolicy || table.UpdateReplacePolicy != wantPolicy {
					t.Errorf("%s has the policies %s and %s, want %s", id, table.DeletionPolicy, table.UpdateReplacePolicy, wantPolicy)
				}
				if got := table.Properties["DeletionProtectionEnabled"]; got != wantProtection {
					t.Errorf("DeletionProtectionEnabled of %s is %v, want %v", id, got, wantProtection)
				}
			}
			wantJSON(t, "StreamSpecification", stacks.service.Resources["MembershipsTable"].Properties["StreamSpecification"],
				`{"StreamViewType":"NEW_AND_OLD_IMAGES"}`)
		})
	}
}
