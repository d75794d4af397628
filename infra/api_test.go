package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTheAuthorizerGuardsTheRoute(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			authorizer := service.one(t, "AWS::ApiGateway::Authorizer").Properties
			wantJSON(t, "Type", authorizer["Type"], `"REQUEST"`)
			wantJSON(t, "IdentitySource", authorizer["IdentitySource"],
				`"method.request.header.Authorization,method.request.header.x-session-token"`)
			wantJSON(t, "AuthorizerResultTtlInSeconds", authorizer["AuthorizerResultTtlInSeconds"],
				strconv.Itoa(settings.AuthorizerTTL))
			live := "AuthorizerFunction.Arn"
			if settings.Canary {
				live = "AuthorizerFunctionLive"
			}
			if uri := text(authorizer["AuthorizerUri"]); !strings.Contains(uri, "functions/"+live+"/invocations") {
				t.Errorf("the authorizer is %s, want %s", uri, live)
			}

			routes := methods(service)
			post, ok := routes["POST "+route]
			if !ok {
				t.Fatalf("there is no POST %s among %v", route, slices.Collect(maps.Keys(routes)))
			}
			wantJSON(t, "AuthorizationType", post["AuthorizationType"], `"CUSTOM"`)
			wantJSON(t, "AuthorizerId", withoutHashes(post["AuthorizerId"]), `{"Ref":"Tokens"}`)
			integration := object(post["Integration"])
			wantJSON(t, "Type", integration["Type"], `"AWS_PROXY"`)
			live = "RegisterFunction.Arn"
			if settings.Canary {
				live = "RegisterFunctionLive"
			}
			if uri := text(integration["Uri"]); !strings.Contains(uri, "functions/"+live+"/invocations") {
				t.Errorf("%s: the route leads to %s, want %s", environment, uri, live)
			}
		})
	}
}

func TestTheStageLogsAndThrottles(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			stage := service.one(t, "AWS::ApiGateway::Stage").Properties
			wantJSON(t, "StageName", stage["StageName"], `"main"`)
			wantJSON(t, "MethodSettings", stage["MethodSettings"], fmt.Sprintf(`[{"HttpMethod":"*","ResourcePath":"/*",
				"LoggingLevel":"ERROR","DataTraceEnabled":false,"ThrottlingRateLimit":%d,"ThrottlingBurstLimit":%d}]`,
				settings.RequestsPerSecond, settings.Burst))
			access := object(stage["AccessLogSetting"])
			wantJSON(t, "DestinationArn", withoutHashes(access["DestinationArn"]), `{"Fn::GetAtt":["AccessLog","Arn"]}`)
			var line map[string]string
			if err := json.Unmarshal([]byte(text(access["Format"])), &line); err != nil {
				t.Fatalf("a line of the access log is no JSON: %v", err)
			}
			for field, variable := range map[string]string{
				"requestId": "$context.requestId", "status": "$context.status",
				"authorizerError": "$context.authorizer.error", "latency": "$context.responseLatency",
			} {
				if line[field] != variable {
					t.Errorf("the access log has %s: %q, want %s", field, line[field], variable)
				}
			}
		})
	}
}

func TestOneOriginMayReadTheAnswers(t *testing.T) {
	t.Parallel()
	const header = "Access-Control-Allow-Origin"
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			if stacks.settings.AllowedOrigin == "" && strings.Contains(string(stacks.text), header) {
				t.Error("an origin that nobody named is let in")
			}
		})
	}

	stacks := assemblyOf(t, operated)
	service, origin := stacks.service, stacks.settings.AllowedOrigin
	preflight, ok := methods(service)["OPTIONS "+route]
	if !ok {
		t.Fatal("there is no OPTIONS on the route")
	}
	wantJSON(t, "AuthorizationType", preflight["AuthorizationType"], `"NONE"`)
	answer := object(list(object(preflight["Integration"])["IntegrationResponses"])[0])
	wantJSON(t, "StatusCode", answer["StatusCode"], `"204"`)
	wantJSON(t, "preflight", answer["ResponseParameters"], `{
		"method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type,Idempotency-Key,X-Session-Token'",
		"method.response.header.Access-Control-Allow-Methods": "'POST'",
		"method.response.header.Access-Control-Allow-Origin": "'`+origin+`'",
		"method.response.header.Access-Control-Max-Age": "'3600'",
		"method.response.header.Cache-Control": "'no-store'",
		"method.response.header.Vary": "'Origin'",
		"method.response.header.X-Request-Id": "context.requestId"
	}`)
	for id, response := range service.ofType("AWS::ApiGateway::GatewayResponse") {
		headers := object(response.Properties["ResponseParameters"])
		if got := headers["gatewayresponse.header."+header]; got != "'"+origin+"'" {
			t.Errorf("%s lets in %v", id, got)
		}
	}
	if got := service.Resources["RegisterFunction"].variables()["CORS_ALLOWED_ORIGIN"]; got != origin {
		t.Errorf("the register function lets in %v", got)
	}
}

// methods are the methods of the API, by method and path.
func methods(service template) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, method := range service.ofType("AWS::ApiGateway::Method") {
		p := method.Properties
		path := pathOf(service, p["ResourceId"])
		found[text(p["HttpMethod"])+" "+path] = p
	}
	return found
}

// pathOf follows a resource of the API up to its root.
func pathOf(service template, id any) string {
	ref, ok := object(id)["Ref"].(string)
	if !ok {
		return "/"
	}
	step := service.Resources[ref].Properties
	return strings.TrimSuffix(pathOf(service, step["ParentId"]), "/") + "/" + text(step["PathPart"])
}
