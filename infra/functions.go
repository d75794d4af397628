package main

import (
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// The folders of the functions' executables.
const (
	registerFolder   = "register"
	authorizerFolder = "authorizer"
)

// function is a Lambda function, and what its callers call.
type function struct {
	awslambda.Function
	// live is the alias that a release moves, or without canaries the function
	// itself.
	live awslambda.IFunction
	// alias is nil without canaries.
	alias awslambda.Alias
}

func newRegister(stack awscdk.Stack, settings Settings, dist string, table awsdynamodb.Table) function {
	props := &awslambda.FunctionProps{
		Description: jsii.String("Registers a user in an organization with one conditional write."),
		Code:        awslambda.Code_FromAsset(jsii.String(filepath.Join(dist, registerFolder)), nil),
		MemorySize:  jsii.Number(settings.RegisterMemory),
		Timeout:     awscdk.Duration_Seconds(jsii.Number(5)),
		Environment: &map[string]*string{
			"TABLE_NAME":          table.TableName(),
			"CORS_ALLOWED_ORIGIN": jsii.String(settings.AllowedOrigin),
		},
	}
	if settings.ReservedConcurrency > 0 {
		props.ReservedConcurrentExecutions = jsii.Number(settings.ReservedConcurrency)
	}
	return newFunction(stack, settings, "RegisterFunction", props, allow(table.TableArn(), "dynamodb:PutItem"))
}

func newAuthorizer(
	stack awscdk.Stack, settings Settings, dist string, bearer, session awssecretsmanager.Secret,
) function {
	return newFunction(stack, settings, "AuthorizerFunction", &awslambda.FunctionProps{
		Description: jsii.String("Verifies the bearer and the session token of a request."),
		Code:        awslambda.Code_FromAsset(jsii.String(filepath.Join(dist, authorizerFolder)), nil),
		MemorySize:  jsii.Number(settings.AuthorizerMemory),
		Timeout:     awscdk.Duration_Seconds(jsii.Number(3)),
		Environment: &map[string]*string{
			"AUTH_BEARER_KEYS_SECRET_ID":  bearer.SecretArn(),
			"AUTH_SESSION_KEYS_SECRET_ID": session.SecretArn(),
			"AUTH_ISSUER":                 jsii.String(settings.Issuer),
			"AUTH_AUDIENCE":               jsii.String(settings.Audience),
			"AUTH_REQUIRED_SCOPE":         jsii.String(settings.RequiredScope),
		},
	},
		allow(bearer.SecretArn(), "secretsmanager:GetSecretValue"),
		allow(session.SecretArn(), "secretsmanager:GetSecretValue"),
	)
}

// newFunction adds to props what both functions have in common, and a role
// that may write the function's own log, do its work, and nothing else. There
// is no dead-letter queue: it would catch asynchronous calls, and there are
// none.
func newFunction(
	stack awscdk.Stack, settings Settings, id string, props *awslambda.FunctionProps, work ...awsiam.PolicyStatement,
) function {
	logGroup := awslogs.NewLogGroup(stack, jsii.String(id+"Log"), &awslogs.LogGroupProps{
		Retention:     settings.LogRetention,
		RemovalPolicy: settings.removal(),
	})
	role := awsiam.NewRole(stack, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"Log":  only(allow(logGroup.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents")),
			"Work": only(work...),
		},
	})

	props.Role = role
	props.Runtime = awslambda.Runtime_PROVIDED_AL2023()
	props.Architecture = awslambda.Architecture_ARM_64()
	props.Handler = jsii.String("bootstrap")
	props.LogGroup = logGroup
	props.LoggingFormat = awslambda.LoggingFormat_JSON
	props.ApplicationLogLevelV2 = awslambda.ApplicationLogLevel_INFO
	// Each call writes a line of its own: Lambda's are wanted when one fails.
	props.SystemLogLevelV2 = awslambda.SystemLogLevel_WARN
	// Versions stay, so that the alias can be set back to any of them by hand;
	// but not one whose deployment was rolled back, which could not be made anew.
	props.CurrentVersionOptions = &awslambda.VersionOptions{
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	}
	lambda := awslambda.NewFunction(stack, jsii.String(id), props)
	fixLogicalID(lambda, id)
	// The CDK names the role once more here, which the function's Role implies.
	underlying(lambda).AddDeletionOverride(jsii.String("DependsOn"))

	made := function{Function: lambda, live: lambda}
	if settings.Canary {
		made.alias = awslambda.NewAlias(stack, jsii.String(id+"Live"), &awslambda.AliasProps{
			AliasName: jsii.String("live"),
			Version:   lambda.CurrentVersion(),
		})
		made.live = made.alias
	}
	return made
}

func allow(resource *string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: &[]*string{resource},
	})
}

func only(statements ...awsiam.PolicyStatement) awsiam.PolicyDocument {
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})
}
