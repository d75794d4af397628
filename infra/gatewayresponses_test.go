package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"users-organizations/infra/gatewayresponses"
)

func TestAPathWithoutARouteIsNotFound(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			routes := methods(stacks.service)
			want := []string{"ANY /", "ANY /{proxy+}"}
			headers := map[string]any{
				"method.response.header.Cache-Control": "'no-store'",
				"method.response.header.Content-Type":  "'application/problem+json'",
				"method.response.header.X-Request-Id":  "context.requestId",
			}
			if origin := stacks.settings.AllowedOrigin; origin != "" {
				headers["method.response.header.Access-Control-Allow-Origin"] = "'" + origin + "'"
				headers["method.response.header.Access-Control-Expose-Headers"] = "'Retry-After,X-Request-Id'"
			}
			for path, methods := range methodsByPath() {
				for _, method := range methods {
					want = append(want, method+" "+path)
				}
				if stacks.settings.AllowedOrigin != "" {
					want = append(want, "OPTIONS "+path)
				}
				for ; path != ""; path = path[:strings.LastIndex(path, "/")] {
					want = append(want, "ANY "+path)
				}
			}
			slices.Sort(want)
			want = slices.Compact(want)
			if got := slices.Sorted(maps.Keys(routes)); !slices.Equal(got, want) {
				t.Fatalf("the methods are %v, want %v", got, want)
			}

			notFound := gatewayresponses.NotFound()
			for name, method := range routes {
				if !strings.HasPrefix(name, "ANY ") {
					continue
				}
				integration := object(method["Integration"])
				wantJSON(t, name+" AuthorizationType", method["AuthorizationType"], `"NONE"`)
				wantJSON(t, name+" Type", integration["Type"], `"MOCK"`)
				for mediaType, template := range object(integration["RequestTemplates"]) {
					wantJSON(t, name+" "+mediaType, template, `"{\"statusCode\": 404}"`)
				}
				response := object(list(integration["IntegrationResponses"])[0])
				wantJSON(t, name+" status", response["StatusCode"], `"404"`)
				if got := object(response["ResponseParameters"]); !maps.Equal(got, headers) {
					t.Errorf("%s has the headers %v, want %v", name, got, headers)
				}
				if got := object(response["ResponseTemplates"])["application/json"]; got != notFound.Body {
					t.Errorf("%s responds with %v", name, got)
				}
			}
		})
	}
}

func TestEveryGatewayResponseIsAProblem(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			service := assemblyOf(t, environment).service
			responses := map[string]map[string]any{}
			for _, response := range service.ofType("AWS::ApiGateway::GatewayResponse") {
				responses[text(response.Properties["ResponseType"])] = response.Properties
			}
			statuses := map[string]any{
				"ACCESS_DENIED": "403", "API_CONFIGURATION_ERROR": "500", "AUTHORIZER_CONFIGURATION_ERROR": "503",
				"AUTHORIZER_FAILURE": "503", "BAD_REQUEST_BODY": "400", "BAD_REQUEST_PARAMETERS": "400",
				"INTEGRATION_FAILURE": "502", "INTEGRATION_TIMEOUT": "504", "INVALID_SIGNATURE": "404",
				"MISSING_AUTHENTICATION_TOKEN": "404", "QUOTA_EXCEEDED": "429", "REQUEST_TOO_LARGE": "413",
				"RESOURCE_NOT_FOUND": "404", "THROTTLED": "429", "UNAUTHORIZED": "401", "UNSUPPORTED_MEDIA_TYPE": "404",
				"WAF_FILTERED": "429", "DEFAULT_4XX": nil, "DEFAULT_5XX": nil,
			}
			if len(responses) != len(statuses) {
				t.Errorf("got %d gateway responses, want %d", len(responses), len(statuses))
			}
			for kind, status := range statuses {
				response := responses[kind]
				if response["StatusCode"] != status {
					t.Errorf("%s has the status %v, want %v", kind, response["StatusCode"], status)
				}
				headers := object(response["ResponseParameters"])
				for header, want := range map[string]string{
					"Content-Type": "'application/problem+json'", "Cache-Control": "'no-store'", "X-Request-Id": "context.requestId",
				} {
					if got := headers["gatewayresponse.header."+header]; got != want {
						t.Errorf("%s has %s: %v, want %s", kind, header, got, want)
					}
				}
				body := text(object(response["ResponseTemplates"])["application/json"])
				if strings.Count(body, "$") != 1 || !strings.Contains(body, `"requestId":"$context.requestId"`) {
					t.Errorf("%s puts more than the request id into %s", kind, body)
				}
				if about := strings.Contains(body, `"type":"about:blank"`); about != (status == nil) {
					t.Errorf("%s with the status %v responds with %s", kind, status, body)
				}
			}
			for kind, header := range map[string]string{
				"UNAUTHORIZED": "WWW-Authenticate:'Bearer'", "THROTTLED": "Retry-After:'1'", "WAF_FILTERED": "Retry-After:'300'",
				"AUTHORIZER_FAILURE": "Retry-After:'1'",
			} {
				name, want, _ := strings.Cut(header, ":")
				headers := object(responses[kind]["ResponseParameters"])
				if got := headers["gatewayresponse.header."+name]; got != want {
					t.Errorf("%s has %s: %v, want %s", kind, name, got, want)
				}
			}
		})
	}
}
