package main

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/infra/gatewayresponses"
)

// newWebACL stops an address that sends more than its share. It is a rate
// rule and nothing else: bodies and headers are judged by the functions, which
// know what is right, and a rule set that guesses would refuse good requests.
func newWebACL(stack awscdk.Stack, settings Settings, api awsapigateway.RestApi) {
	visibility := func(metric string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
		return &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: jsii.Bool(true),
			MetricName:               jsii.String(metric),
			SampledRequestsEnabled:   jsii.Bool(false), // A sample would hold the callers' tokens.
		}
	}
	perSecond := cmp.Or(settings.RequestsPerAddress, settings.RequestsPerSecond)
	acl := awswafv2.NewCfnWebACL(stack, jsii.String("WebAcl"), &awswafv2.CfnWebACLProps{
		Scope:            jsii.String("REGIONAL"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		VisibilityConfig: visibility(*stack.StackName()),
		Rules: &[]*awswafv2.CfnWebACL_RuleProperty{{
			Name:             jsii.String("rate-of-an-address"),
			Priority:         jsii.Number(0),
			Action:           &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{}},
			VisibilityConfig: visibility(*stack.StackName() + "-rate"),
			Statement: &awswafv2.CfnWebACL_StatementProperty{
				RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
					AggregateKeyType:    jsii.String("IP"),
					EvaluationWindowSec: jsii.Number(gatewayresponses.EvaluationWindowSec),
					Limit:               jsii.Number(perSecond * gatewayresponses.EvaluationWindowSec),
				},
			},
		}},
	})
	awswafv2.NewCfnWebACLAssociation(stack, jsii.String("WebAclAssociation"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: api.DeploymentStage().StageArn(),
		WebAclArn:   acl.AttrArn(),
	})
}
