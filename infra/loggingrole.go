package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newLoggingRoleStack lets API Gateway write logs. An account and region has one
// such role for all APIs, so it has its own stack, and stays when that is
// deleted.
//
// Its policy is AWS's managed one: API Gateway refuses a role with less.
func newLoggingRoleStack(app constructs.Construct, place *awscdk.Environment) awscdk.Stack {
	stack := awscdk.NewStack(app, jsii.String("api-gateway-log-role"), &awscdk.StackProps{
		Env:         place,
		Description: jsii.String("Lets API Gateway write its logs, for every API of this account and region."),
	})
	role := awsiam.NewRole(stack, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		ManagedPolicies: &[]awsiam.IManagedPolicy{awsiam.ManagedPolicy_FromAwsManagedPolicyName(
			jsii.String("service-role/AmazonAPIGatewayPushToCloudWatchLogs"))},
	})
	role.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	awsapigateway.NewCfnAccount(stack, jsii.String("Account"), &awsapigateway.CfnAccountProps{
		CloudWatchRoleArn: role.RoleArn(),
	}).ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	return stack
}
