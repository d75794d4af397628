package main

import "testing"

func TestOneKeyForTablesAndSecrets(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			service := stacks.service
			sse, encrypted := `{"SSEEnabled":true}`, "null"
			if stacks.settings.CustomerManagedKey {
				sse = `{"SSEEnabled":true,"SSEType":"KMS","KMSMasterKeyId":{"Fn::GetAtt":["Key","Arn"]}}`
				encrypted = `{"Fn::GetAtt":["Key","Arn"]}`
				key := service.one(t, "AWS::KMS::Key")
				wantJSON(t, "EnableKeyRotation", key.Properties["EnableKeyRotation"], "true")
				checkRemoval(t, "the key", key, stacks.settings)
			} else if len(service.ofType("AWS::KMS::Key")) > 0 {
				t.Error("there is a key without CustomerManagedKey")
			}
			for id, table := range service.ofType("AWS::DynamoDB::Table") {
				wantJSON(t, id, withoutHashes(table.Properties["SSESpecification"]), sse)
			}
			for id, keys := range service.ofType("AWS::SecretsManager::Secret") {
				wantJSON(t, id, withoutHashes(keys.Properties["KmsKeyId"]), encrypted)
			}
		})
	}
}
