package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/openapi"
)

const stageName = "main"

// newAPI makes the REST API: a route for each operation behind the authorizer, a
// 404 for everything else, and problems as API Gateway's own responses.
func newAPI(
	stack awscdk.Stack, settings Settings, name string, functions functionSet, accessLog awslogs.LogGroup,
) awsapigateway.RestApi {
	api := awsapigateway.NewRestApi(stack, jsii.String("Api"), &awsapigateway.RestApiProps{
		RestApiName:    jsii.String(name),
		Description:    jsii.String("Registers users in organizations."),
		EndpointTypes:  &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL},
		CloudWatchRole: jsii.Bool(false),
		DeployOptions: &awsapigateway.StageOptions{
			StageName:            jsii.String(stageName),
			AccessLogDestination: awsapigateway.NewLogGroupLogDestination(accessLog),
			AccessLogFormat:      awsapigateway.AccessLogFormat_Custom(jsii.String(accessLogLine(settings))),
			LoggingLevel:         awsapigateway.MethodLoggingLevel_ERROR,
			DataTraceEnabled:     jsii.Bool(false),
			ThrottlingRateLimit:  jsii.Number(settings.RequestsPerSecond),
			ThrottlingBurstLimit: jsii.Number(settings.Burst),
			TracingEnabled:       jsii.Bool(settings.Tracing > 0),
		},
	})
	fixLogicalID(api, "Api")
	requireTLS(api)
	api.Node().TryRemoveChild(jsii.String("Endpoint")) // The CDK's output; Url replaces it.
	keepExecutionLog(stack, settings, api)

	tokens := awsapigateway.NewRequestAuthorizer(stack, jsii.String("Tokens"), &awsapigateway.RequestAuthorizerProps{
		Handler: functions.named(authorizer).live,
		IdentitySources: jsii.Strings(
			*awsapigateway.IdentitySource_Header(jsii.String("Authorization")),
			*awsapigateway.IdentitySource_Header(jsii.String("x-session-token")),
		),
		ResultsCacheTtl: awscdk.Duration_Seconds(jsii.Number(settings.AuthorizerTTL)),
	})
	for _, o := range openapi.Operations() {
		api.Root().ResourceForPath(jsii.String(o.Path)).AddMethod(
			jsii.String(o.Method),
			awsapigateway.NewLambdaIntegration(functions.named(o.Function).live, &awsapigateway.LambdaIntegrationOptions{
				AllowTestInvoke: jsii.Bool(false),
			}),
			&awsapigateway.MethodOptions{
				AuthorizationType: awsapigateway.AuthorizationType_CUSTOM,
				Authorizer:        tokens,
			},
		)
	}
	if settings.AllowedOrigin != "" {
		addPreflights(api, settings.AllowedOrigin)
	}
	addNotFound(api, settings.AllowedOrigin)
	addGatewayResponses(api, settings.AllowedOrigin)
	return api
}

// addPreflights responds to a browser's preflight requests (the Fetch standard,
// "CORS-preflight request").
func addPreflights(api awsapigateway.RestApi, origin string) {
	methods := map[string][]string{}
	for _, o := range openapi.Operations() {
		methods[o.Path] = append(methods[o.Path], o.Method)
	}
	for _, path := range slices.Sorted(maps.Keys(methods)) {
		response := mockResponse{status: http.StatusNoContent, headers: map[string]string{
			"Access-Control-Allow-Headers": "'Authorization,Content-Type,Idempotency-Key,If-Match,X-Session-Token'",
			"Access-Control-Allow-Methods": "'" + strings.Join(methods[path], ",") + "'",
			"Access-Control-Allow-Origin":  "'" + origin + "'",
			"Access-Control-Max-Age":       "'3600'",
			"Cache-Control":                "'no-store'",
			"Vary":                         "'Origin'",
			"X-Request-Id":                 "context.requestId",
		}}
		response.addTo(api.Root().ResourceForPath(jsii.String(path)), "OPTIONS")
	}
}

// keepExecutionLog makes the log group of the stage's execution log before the
// stage does: a group that API Gateway makes never expires. API Gateway finds
// the group by its name.
func keepExecutionLog(stack awscdk.Stack, settings Settings, api awsapigateway.RestApi) {
	group := awslogs.NewLogGroup(stack, jsii.String("ExecutionLog"), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String("API-Gateway-Execution-Logs_" + *api.RestApiId() + "/" + stageName),
		Retention:     settings.LogRetention,
		RemovalPolicy: settings.removal(),
	})
	api.DeploymentStage().Node().AddDependency(group)
}
