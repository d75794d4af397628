package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/infra/gatewayresponses"
)

// newWebACL blocks an address that sends more than RequestsPerAddress, and
// returns the figure of the requests that it blocks. It has no other rule: the
// functions validate bodies and headers exactly, and a managed rule set would
// refuse good requests.
func newWebACL(stack awscdk.Stack, settings Settings, api awsapigateway.RestApi) figure {
	visibility := func(metric string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
		return &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: jsii.Bool(true),
			MetricName:               jsii.String(metric),
			SampledRequestsEnabled:   jsii.Bool(false), // A sample would hold the callers' tokens.
		}
	}
	acl := awswafv2.NewCfnWebACL(stack, jsii.String("WebAcl"), &awswafv2.CfnWebACLProps{
		Scope:            jsii.String("REGIONAL"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		VisibilityConfig: visibility(*stack.StackName()),
		Rules: &[]*awswafv2.CfnWebACL_RuleProperty{{
			Name:             jsii.String("rate-of-an-address"),
			Priority:         jsii.Number(0),
			Action:           &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{}},
			VisibilityConfig: visibility(*stack.StackName() + rateSuffix),
			Statement: &awswafv2.CfnWebACL_StatementProperty{
				RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
					AggregateKeyType:    jsii.String("IP"),
					EvaluationWindowSec: jsii.Number(gatewayresponses.EvaluationWindowSec),
					Limit:               jsii.Number(settings.RequestsPerAddress * gatewayresponses.EvaluationWindowSec),
				},
			},
		}},
	})
	awswafv2.NewCfnWebACLAssociation(stack, jsii.String("WebAclAssociation"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: api.DeploymentStage().StageArn(),
		WebAclArn:   acl.AttrArn(),
	})
	logBlocked(stack, settings, acl)
	return figure{
		id: "BlockedRequests", metric: blockedRequests(stack), threshold: 1,
		advice: "The web ACL blocks an address that sends more than RequestsPerAddress. WebAclLog says which.",
	}
}

// rateSuffix, after the name of the web ACL's metric, names the rule's metric.
const rateSuffix = "-rate"

// logBlocked logs only blocked requests; the access log has all others. AWS WAF
// requires the log's name to begin with aws-waf-logs-, and logs every header
// that is not redacted.
func logBlocked(stack awscdk.Stack, settings Settings, acl awswafv2.CfnWebACL) {
	log := awslogs.NewLogGroup(stack, jsii.String("WebAclLog"), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String("aws-waf-logs-" + *stack.StackName()),
		Retention:     settings.LogRetention,
		RemovalPolicy: settings.removal(),
	})
	var redacted []*awswafv2.CfnLoggingConfiguration_FieldToMatchProperty
	for _, header := range []string{"authorization", "x-session-token", "idempotency-key"} {
		redacted = append(redacted, &awswafv2.CfnLoggingConfiguration_FieldToMatchProperty{
			SingleHeader: map[string]string{"Name": header}, // The CDK does not capitalize its keys, nor those of LoggingFilter.
		})
	}
	awswafv2.NewCfnLoggingConfiguration(stack, jsii.String("WebAclLogging"), &awswafv2.CfnLoggingConfigurationProps{
		ResourceArn: acl.AttrArn(),
		// The group's own ARN ends in :*, which AWS WAF refuses.
		LogDestinationConfigs: &[]any{stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("logs"), Resource: jsii.String("log-group"), ResourceName: log.LogGroupName(),
			ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		})},
		RedactedFields: &redacted,
		LoggingFilter: map[string]any{
			"DefaultBehavior": "DROP",
			"Filters": []any{map[string]any{
				"Behavior":    "KEEP",
				"Requirement": "MEETS_ANY",
				"Conditions":  []any{map[string]any{"ActionCondition": map[string]any{"Action": "BLOCK"}}},
			}},
		},
	})
}

func blockedRequests(stack awscdk.Stack) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:  jsii.String("AWS/WAFV2"),
		MetricName: jsii.String("BlockedRequests"),
		DimensionsMap: &map[string]*string{
			"WebACL": stack.StackName(), "Rule": jsii.String(*stack.StackName() + rateSuffix), "Region": stack.Region(),
		},
		Statistic: jsii.String(sum),
		Period:    awscdk.Duration_Minutes(jsii.Number(1)),
	})
}
