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
		stack.AddStackDependency(newLoggingRoleStack(app, place), jsii.String("the stage writes an execution log"))
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
	bearer := newKeySecret(stack, settings, "Bearer")
	session := newKeySecret(stack, settings, "Session")

	register := newRegister(stack, settings, dist, table)
	authorizer := newAuthorizer(stack, settings, dist, bearer, session)
	api := newAPI(stack, settings, name, register.live, authorizer.live)

	if settings.WebACL {
		newWebACL(stack, settings, api)
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
