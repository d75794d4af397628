package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newStacks returns the service's stack. With GatewayLogRole it also adds the
// stack of that role.
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

	stores := stores{
		memberships: newMembershipsTable(stack, settings),
		history:     newHistoryTable(stack, settings),
		bus:         newEventBus(stack),
		discarded:   newDiscardedBucket(stack, settings),
		bearerKeys:  newKeySecret(stack, settings, "Bearer"),
		sessionKeys: newKeySecret(stack, settings, "Session"),
	}
	var key awskms.Key
	if settings.CustomerManagedKey {
		key = newKey(stack, settings)
		stores.encrypt(key)
	}
	functions := newFunctions(stack, settings, dist, stores)
	accessLog := newAccessLog(stack, settings)
	api := newAPI(stack, settings, name, functions, accessLog)

	if settings.Domain != "" {
		newDomain(stack, settings, api)
	}
	if settings.Tracing > 0 {
		newSamplingRule(stack, settings, name)
	}
	var figures []figure
	if settings.RequestsPerAddress > 0 {
		figures = append(figures, newWebACL(stack, settings, api))
	}
	if settings.BackupDays > 0 {
		figures = append(figures, newBackups(stack, settings, key, stores.memberships, stores.history))
	}
	if settings.AlarmEmail != "" {
		figures = newAlarms(stack, settings, name, functions, stores, api, figures)
		countClientErrors(stack, accessLog)
		newDashboard(stack, name, figures, functions, api)
		if settings.Canary {
			newReleases(stack, figures, functions)
		}
	}
	newOutputs(stack, settings, api, functions, stores)
	return stack
}
