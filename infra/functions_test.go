package main

import (
	"maps"
	"slices"
	"strconv"
	"testing"
)

func TestTheFunctionsAreAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			for id, want := range map[string]struct {
				memory, timeout int
				variables       []string
			}{
				"RegisterFunction": {settings.RegisterMemory, 5, []string{"CORS_ALLOWED_ORIGIN", "TABLE_NAME"}},
				"AuthorizerFunction": {settings.AuthorizerMemory, 3, []string{"AUTH_AUDIENCE",
					"AUTH_BEARER_KEYS_SECRET_ID", "AUTH_ISSUER", "AUTH_REQUIRED_SCOPE", "AUTH_SESSION_KEYS_SECRET_ID"}},
			} {
				p := service.Resources[id].Properties
				wantJSON(t, id+" Runtime", p["Runtime"], `"provided.al2023"`)
				wantJSON(t, id+" Handler", p["Handler"], `"bootstrap"`)
				wantJSON(t, id+" Architectures", p["Architectures"], `["arm64"]`)
				wantJSON(t, id+" LoggingConfig", withoutHashes(p["LoggingConfig"]), `{"LogFormat":"JSON",
					"ApplicationLogLevel":"INFO","SystemLogLevel":"WARN","LogGroup":{"Ref":"`+id+`Log"}}`)
				if p["MemorySize"] != float64(want.memory) || p["Timeout"] != float64(want.timeout) {
					t.Errorf("%s has %v MiB and %v s, want %d and %d", id, p["MemorySize"], p["Timeout"], want.memory, want.timeout)
				}
				if got := slices.Sorted(maps.Keys(service.Resources[id].variables())); !slices.Equal(got, want.variables) {
					t.Errorf("%s has the variables %v, want %v", id, got, want.variables)
				}
				for _, absent := range []string{
					"DeadLetterConfig", "FunctionName", "KmsKeyArn", "Layers", "TracingConfig", "VpcConfig",
				} {
					if p[absent] != nil {
						t.Errorf("%s has %s: %v", id, absent, p[absent])
					}
				}
			}
			if got := len(service.ofType("AWS::Lambda::Function")); got != 2 {
				t.Errorf("got %d functions, want 2", got)
			}
			for id, reserved := range map[string]int{"RegisterFunction": settings.ReservedConcurrency, "AuthorizerFunction": 0} {
				want := "null"
				if reserved > 0 {
					want = strconv.Itoa(reserved)
				}
				wantJSON(t, id, service.Resources[id].Properties["ReservedConcurrentExecutions"], want)
			}
		})
	}
}
