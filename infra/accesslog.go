package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// newAccessLog has a line for each request that reaches the stage.
func newAccessLog(stack awscdk.Stack, settings Settings) awslogs.LogGroup {
	return awslogs.NewLogGroup(stack, jsii.String("AccessLog"), &awslogs.LogGroupProps{
		Retention:     settings.LogRetention,
		RemovalPolicy: settings.removal(),
	})
}

// accessLogLine is one JSON object a request. Every value is a string, as API
// Gateway writes "-" for what it does not have. The extended request id is the
// one that a caller can't choose.
const accessLogLine = `{"requestId":"$context.requestId",` +
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
	`"wafStatus":"$context.waf.status",` +
	`"traceId":"$context.xrayTraceId"}`
