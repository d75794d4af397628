package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/telemetry"
)

func newAccessLog(stack awscdk.Stack, settings Settings) awslogs.LogGroup {
	return awslogs.NewLogGroup(stack, jsii.String("AccessLog"), &awslogs.LogGroupProps{
		Retention:     settings.AuditRetention,
		RemovalPolicy: settings.removal(),
	})
}

// clientErrors is the metric of the access log: responses of 4xx, by ApiId and
// Status. API Gateway's own 4XXError does not distinguish a 429 from a 404.
const clientErrors = "ClientErrors"

// countClientErrors writes that metric. API Gateway may omit log lines, and so
// counts, during very many 429s (API Gateway developer guide, "Monitor REST API
// execution with Amazon CloudWatch metrics").
func countClientErrors(stack awscdk.Stack, accessLog awslogs.LogGroup) {
	awslogs.NewMetricFilter(stack, jsii.String(clientErrors), &awslogs.MetricFilterProps{
		LogGroup:        accessLog,
		FilterPattern:   awslogs.FilterPattern_Literal(jsii.String(`{ $.status = "4*" }`)),
		MetricNamespace: jsii.String(telemetry.Namespace),
		MetricName:      jsii.String(clientErrors),
		MetricValue:     jsii.String("1"),
		Dimensions:      &map[string]*string{"ApiId": jsii.String("$.apiId"), "Status": jsii.String("$.status")},
	})
}

// tooManyRequests counts the 429 responses of the stage's throttle and of the
// web ACL.
func tooManyRequests(api awsapigateway.RestApi) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String(telemetry.Namespace),
		MetricName:    jsii.String(clientErrors),
		DimensionsMap: &map[string]*string{"ApiId": api.RestApiId(), "Status": jsii.String("429")},
		Statistic:     jsii.String(sum),
		Period:        awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// clientErrorsByStatus has one line for each status.
func clientErrorsByStatus(api awsapigateway.RestApi) awscloudwatch.MathExpression {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String("SEARCH('{" + telemetry.Namespace + `,ApiId,Status} MetricName="` + clientErrors +
			`" ApiId="` + *api.RestApiId() + `"', '` + sum + `', 60)`),
		Label:  jsii.String(""),
		Period: awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// accessLogLine is one JSON object a request. Every value is a string, because
// API Gateway writes "-" for a missing value. A caller can choose the request
// id, but not the extended request id.
func accessLogLine(settings Settings) string {
	if settings.Tracing > 0 {
		return accessLogFields + `,"traceId":"$context.xrayTraceId"}`
	}
	return accessLogFields + "}"
}

const accessLogFields = `{"requestId":"$context.requestId",` +
	`"apiId":"$context.apiId",` +
	`"extendedRequestId":"$context.extendedRequestId",` +
	`"time":"$context.requestTimeEpoch",` +
	`"sourceIp":"$context.identity.sourceIp",` +
	`"tlsVersion":"$context.tlsVersion",` +
	`"method":"$context.httpMethod",` +
	`"route":"$context.resourcePath",` +
	`"status":"$context.status",` +
	`"error":"$context.error.responseType",` +
	`"latency":"$context.responseLatency",` +
	`"authorizerStatus":"$context.authorizer.status",` +
	`"authorizerError":"$context.authorizer.error",` +
	`"authorizerLatency":"$context.authorizer.latency",` +
	`"integrationStatus":"$context.integration.status",` +
	`"integrationError":"$context.integration.error",` +
	`"integrationLatency":"$context.integration.latency",` +
	`"wafStatus":"$context.waf.status"`
