package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsxray"
	"github.com/aws/jsii-runtime-go"
)

// traces reports whether X-Ray traces calls of the function. API Gateway decides
// which requests are traced, and Lambda follows. A function that reads a stream
// is left out, because its rate can't be set (Lambda developer guide, "Visualize
// Lambda function invocations using AWS X-Ray").
func (s Settings) traces(p functionProps) bool { return s.Tracing > 0 && !p.readsStream }

// newSamplingRule makes X-Ray trace only the configured share of the stage's
// requests: by default it also traces the first request of every second.
func newSamplingRule(stack awscdk.Stack, settings Settings, name string) {
	awsxray.NewCfnSamplingRule(stack, jsii.String("SamplingRule"), &awsxray.CfnSamplingRuleProps{
		SamplingRule: &awsxray.CfnSamplingRule_SamplingRuleProperty{
			RuleName:      jsii.String(name),
			Priority:      jsii.Number(1000),
			FixedRate:     jsii.Number(settings.Tracing),
			ReservoirSize: jsii.Number(0),
			ServiceName:   jsii.String(name + "/" + stageName),
			ServiceType:   jsii.String("AWS::ApiGateway::Stage"),
			ResourceArn:   jsii.String("*"),
			Host:          jsii.String("*"),
			HttpMethod:    jsii.String("*"),
			UrlPath:       jsii.String("*"),
			Version:       jsii.Number(1),
		},
	})
}
