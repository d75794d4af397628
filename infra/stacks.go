package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newStacks adds the service's stack and the one that it needs in its account
// and region, and gives the first.
func newStacks(app constructs.Construct, environment string, settings Settings, dist string) awscdk.Stack {
	place := &awscdk.Environment{Region: jsii.String(settings.Region)}
	if settings.Account != "" {
		place.Account = jsii.String(settings.Account)
	}
	stack := newServiceStack(app, environment, settings, place, dist)
	if settings.GatewayLogRole {
		stack.AddStackDependency(newGatewayStack(app, place), jsii.String("the stage writes an execution log"))
	}
	return stack
}

// newServiceStack is everything that one environment of the service consists
// of.
func newServiceStack(
	app constructs.Construct, environment string, settings Settings, place *awscdk.Environment, dist string,
) awscdk.Stack {
	name := "users-organizations-" + environment
	stack := awscdk.NewStack(app, jsii.String(name), &awscdk.StackProps{
		Env:                   place,
		Description:           jsii.String("Registers users in organizations (" + environment + ")."),
		TerminationProtection: jsii.Bool(settings.Protected),
		Tags: &map[string]*string{
			"service":     jsii.String("users-organizations"),
			"environment": jsii.String(environment),
		},
	})

	table := newTable(stack, settings)
	bearer := newKeys(stack, settings, "Bearer")
	session := newKeys(stack, settings, "Session")

	register := newRegister(stack, settings, dist, table)
	authorizer := newAuthorizer(stack, settings, dist, bearer, session)
	api := newAPI(stack, settings, name, register.live, authorizer.live)

	if settings.WebACL {
		newFirewall(stack, settings, api)
	}
	if settings.AlarmEmail != "" {
		alarms := newAlarms(stack, settings, name, register, authorizer)
		newDashboard(stack, name, alarms, register)
		if settings.Canary {
			newReleases(stack, alarms, register, authorizer)
		}
	}

	output(stack, "Url", "Where to register a user in an organization.", api.UrlForPath(jsii.String(route)))
	output(stack, "Region", "Where all of it is.", stack.Region())
	output(stack, "TableName", "The table of the memberships.", table.TableName())
	output(stack, "RegisterFunctionName", "The function behind the route.", register.FunctionName())
	output(stack, "AuthorizerFunctionName", "The function behind the authorizer.", authorizer.FunctionName())
	output(stack, "BearerKeysSecret", "The secret with the keys of bearer tokens.", bearer.SecretArn())
	output(stack, "SessionKeysSecret", "The secret with the keys of session tokens.", session.SecretArn())
	return stack
}

func output(stack awscdk.Stack, name, description string, value *string) {
	awscdk.NewCfnOutput(stack, jsii.String(name), &awscdk.CfnOutputProps{
		Description: jsii.String(description),
		Value:       value,
	})
}

// fixLogicalID keeps the logical id of a construct's resource at id, whatever
// the construct tree looks like: a new one would mean another resource, and
// the loss of the present one.
func fixLogicalID(construct constructs.Construct, id string) {
	underlying(construct).OverrideLogicalId(jsii.String(id))
}

// underlying is the one CloudFormation resource of a construct that has one.
func underlying(construct constructs.Construct) awscdk.CfnResource {
	resource, ok := construct.Node().DefaultChild().(awscdk.CfnResource)
	if !ok {
		panic(*construct.Node().Path() + " has no resource of its own")
	}
	return resource
}

// removal is what becomes of a resource with data when it leaves the stack. One
// whose own deployment fails holds nothing yet, and goes.
func (s Settings) removal() awscdk.RemovalPolicy {
	if s.Protected {
		return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	}
	return awscdk.RemovalPolicy_DESTROY
}
