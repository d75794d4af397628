package main

import (
	"fmt"
	"testing"
)

// TestTemplateYAMLAndTheStackAgree and TestNobodyMayDoAnythingElse check what
// differs from one function to another.
func TestFunctionsAreAlike(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			for _, f := range functions {
				id := f.id()
				p := service.Resources[id].Properties
				wantJSON(t, id+" Runtime", p["Runtime"], `"provided.al2023"`)
				wantJSON(t, id+" Handler", p["Handler"], `"bootstrap"`)
				wantJSON(t, id+" Architectures", p["Architectures"], `["arm64"]`)
				wantJSON(t, id+" LoggingConfig", withoutHashes(p["LoggingConfig"]), `{"LogFormat":"JSON",
					"ApplicationLogLevel":"INFO","SystemLogLevel":"WARN","LogGroup":{"Ref":"`+id+`Log"}}`)
				for _, absent := range []string{
					"DeadLetterConfig", "FunctionName", "KmsKeyArn", "Layers", "VpcConfig",
				} {
					if p[absent] != nil {
						t.Errorf("%s has %s: %v", id, absent, p[absent])
					}
				}
				memory, ok := settings.Memory[f.name]
				if !ok {
					memory = 256
				}
				wantJSON(t, id+" MemorySize", p["MemorySize"], fmt.Sprint(memory))
				reserved := "null"
				if n, ok := settings.ReservedConcurrency[f.name]; ok {
					reserved = fmt.Sprint(n)
				}
				wantJSON(t, id+" ReservedConcurrentExecutions", p["ReservedConcurrentExecutions"], reserved)
			}
			if got := len(service.ofType("AWS::Lambda::Function")); got != len(functions) {
				t.Errorf("got %d functions, want %d", got, len(functions))
			}
		})
	}
}

func TestNoCallerWaitsLongerThanPromised(t *testing.T) {
	t.Parallel()
	// The contract promises a response within 6 s plus a cold start.
	for _, f := range functions {
		if behindGateway := f.hasRoute() || f.name == authorizer; behindGateway && (f.timeout < 1 || f.timeout > 5) {
			t.Errorf("%s may run for %d s, want 1 to 5", f.name, f.timeout)
		}
	}
}
