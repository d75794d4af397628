package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"users-organizations/pkg/openapi"
)

func TestTheAuthorizerGuardsEveryRoute(t *testing.T) {
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
			live := liveID(settings, "authorizer")
			if uri := text(authorizer["AuthorizerUri"]); !strings.Contains(uri, "functions/"+live+"/invocations") {
				t.Errorf("the authorizer is %s, want %s", uri, live)
			}

			routes := methods(service)
			for _, o := range openapi.Operations() {
				method, ok := routes[o.Method+" "+o.Path]
				if !ok {
					t.Errorf("there is no %s %s among %v", o.Method, o.Path, slices.Collect(maps.Keys(routes)))
					continue
				}
				wantJSON(t, o.ID+" AuthorizationType", method["AuthorizationType"], `"CUSTOM"`)
				wantJSON(t, o.ID+" AuthorizerId", withoutHashes(method["AuthorizerId"]), `{"Ref":"Tokens"}`)
				integration := object(method["Integration"])
				wantJSON(t, o.ID+" Type", integration["Type"], `"AWS_PROXY"`)
				live := liveID(settings, o.Function)
				if uri := text(integration["Uri"]); !strings.Contains(uri, "functions/"+live+"/invocations") {
					t.Errorf("%s leads to %s, want %s", o.ID, uri, live)
				}
			}
		})
	}
}

// liveID is the invoked alias of a function, or without canaries the function
// itself, in the form that text gives.
func liveID(settings Settings, name string) string {
	id := functionProps{name: name}.id()
	if settings.Canary {
		return id + "Live"
	}
	return id + ".Arn"
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		api := assemblyOf(t, environment).service.one(t, "AWS::ApiGateway::RestApi").Properties
		wantJSON(t, environment+" SecurityPolicy", api["SecurityPolicy"], `"SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"`)
		wantJSON(t, environment+" EndpointAccessMode", api["EndpointAccessMode"], `"STRICT"`)
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
			line := fieldsOfAccessLog(t, service)
			for field, variable := range map[string]string{
				"requestId": "$context.requestId", "status": "$context.status",
				"authorizerError": "$context.authorizer.error", "latency": "$context.responseLatency",
				"tlsVersion": "$context.tlsVersion", "apiId": "$context.apiId",
			} {
				if line[field] != variable {
					t.Errorf("the access log has %s: %q, want %s", field, line[field], variable)
				}
			}
		})
	}
}

// fieldsOfAccessLog are the variables of a line of the access log.
func fieldsOfAccessLog(t *testing.T, service template) map[string]string {
	t.Helper()
	var line map[string]string
	format := text(object(service.one(t, "AWS::ApiGateway::Stage").Properties["AccessLogSetting"])["Format"])
	if err := json.Unmarshal([]byte(format), &line); err != nil {
		t.Fatalf("a line of the access log is not JSON: %v", err)
	}
	return line
}

func TestOneOriginMayReadTheResponses(t *testing.T) {
	t.Parallel()
	const header = "Access-Control-Allow-Origin"
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			if stacks.settings.AllowedOrigin == "" && strings.Contains(string(stacks.text), header) {
				t.Error("an origin is allowed without AllowedOrigin")
			}
		})
	}

	stacks := assemblyOf(t, operated)
	service, origin := stacks.service, stacks.settings.AllowedOrigin
	for path, allowed := range methodsByPath() {
		preflight, ok := methods(service)["OPTIONS "+path]
		if !ok {
			t.Errorf("there is no OPTIONS %s", path)
			continue
		}
		wantJSON(t, "AuthorizationType", preflight["AuthorizationType"], `"NONE"`)
		response := object(list(object(preflight["Integration"])["IntegrationResponses"])[0])
		wantJSON(t, "StatusCode", response["StatusCode"], `"204"`)
		wantJSON(t, path, response["ResponseParameters"], `{
			"method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type,Idempotency-Key,If-Match,X-Session-Token'",
			"method.response.header.Access-Control-Allow-Methods": "'`+strings.Join(allowed, ",")+`'",
			"method.response.header.Access-Control-Allow-Origin": "'`+origin+`'",
			"method.response.header.Access-Control-Max-Age": "'3600'",
			"method.response.header.Cache-Control": "'no-store'",
			"method.response.header.Vary": "'Origin'",
			"method.response.header.X-Request-Id": "context.requestId"
		}`)
	}
	for id, response := range service.ofType("AWS::ApiGateway::GatewayResponse") {
		headers := object(response.Properties["ResponseParameters"])
		if got := headers["gatewayresponse.header."+header]; got != "'"+origin+"'" {
			t.Errorf("%s allows %v", id, got)
		}
	}
	for _, o := range openapi.Operations() {
		id := functionProps{name: o.Function}.id()
		if got := service.Resources[id].variables()["CORS_ALLOWED_ORIGIN"]; got != origin {
			t.Errorf("%s allows %v", id, got)
		}
	}
}

func methodsByPath() map[string][]string {
	all := map[string][]string{}
	for _, o := range openapi.Operations() {
		all[o.Path] = append(all[o.Path], o.Method)
	}
	return all
}

// methods are the methods of the API, by method and path.
func methods(service template) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, method := range service.ofType("AWS::ApiGateway::Method") {
		p := method.Properties
		path := resourcePath(service, p["ResourceId"])
		found[text(p["HttpMethod"])+" "+path] = p
	}
	return found
}

// resourcePath follows a resource of the API up to its root.
func resourcePath(service template, id any) string {
	ref, ok := object(id)["Ref"].(string)
	if !ok {
		return "/"
	}
	step := service.Resources[ref].Properties
	return strings.TrimSuffix(resourcePath(service, step["ParentId"]), "/") + "/" + text(step["PathPart"])
}
