package main

import (
	"fmt"
	"testing"
)

func TestXRayTracesAShareOfTheRequests(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			stage, line := service.one(t, "AWS::ApiGateway::Stage").Properties, fieldsOfAccessLog(t, service)
			if settings.Tracing == 0 {
				if len(service.ofType("AWS::XRay::SamplingRule")) > 0 || stage["TracingEnabled"] != false || line["traceId"] != "" {
					t.Error("requests are traced")
				}
				for _, f := range functions {
					if got := service.Resources[f.id()].Properties["TracingConfig"]; got != nil {
						t.Errorf("%s has %v", f.id(), got)
					}
				}
				return
			}
			wantJSON(t, "TracingEnabled", stage["TracingEnabled"], "true")
			if got := line["traceId"]; got != "$context.xrayTraceId" {
				t.Errorf("the access log has traceId: %q", got)
			}
			for _, f := range functions {
				want := "null"
				if f.hasRoute() || f.name == "authorizer" {
					want = `{"Mode":"Active"}`
				}
				wantJSON(t, f.id(), service.Resources[f.id()].Properties["TracingConfig"], want)
			}
			name := "users-organizations-" + stacks.environment
			wantJSON(t, "SamplingRule", service.one(t, "AWS::XRay::SamplingRule").Properties["SamplingRule"], fmt.Sprintf(
				`{"RuleName":%q,"ServiceName":%q,"ServiceType":"AWS::ApiGateway::Stage","FixedRate":%v,"ReservoirSize":0,
				"Priority":1000,"Version":1,"Host":"*","HTTPMethod":"*","URLPath":"*","ResourceARN":"*"}`,
				name, name+"/main", settings.Tracing))
		})
	}
}
