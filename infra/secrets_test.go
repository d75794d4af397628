package main

import (
	"testing"
)

// A change of GenerateSecretString overwrites the key in use with a new one.
func TestEachSecretStartsAsOneUsableKey(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			secrets := stacks.service.ofType("AWS::SecretsManager::Secret")
			if len(secrets) != 2 {
				t.Fatalf("got %d secrets, want 2", len(secrets))
			}
			for id, kid := range map[string]string{"BearerKeys": "bearer-1", "SessionKeys": "session-1"} {
				secret := secrets[id]
				wantJSON(t, id, secret.Properties["GenerateSecretString"], `{
					"SecretStringTemplate": "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"`+kid+`\"}",
					"GenerateStringKey": "k",
					"PasswordLength": 64,
					"ExcludePunctuation": true,
					"IncludeSpace": false
				}`)
				checkRemoval(t, id, secret, stacks.settings)
			}
		})
	}
}
