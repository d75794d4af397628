package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// newReleases lets CodeDeploy move the functions' aliases: a tenth of the calls
// for five minutes, then all. An alarm with the function in rollsBack sends the
// alias back if it is raised meanwhile.
func newReleases(stack awscdk.Stack, figures []figure, functions functionSet) {
	application := awscodedeploy.NewLambdaApplication(stack, jsii.String("Releases"), nil)
	newOutput(stack, "ReleaseApplication", "CodeDeploy's application of all functions.", application.ApplicationName())
	for _, f := range functions {
		var alarms []interfacesawscloudwatch.IAlarmRef
		for _, figure := range figures {
			if slices.Contains(figure.rollsBack, f.name) {
				alarms = append(alarms, figure.alarm)
			}
		}
		id := f.title() + "Release"
		group := awscodedeploy.NewLambdaDeploymentGroup(stack, jsii.String(id), &awscodedeploy.LambdaDeploymentGroupProps{
			Application:      application,
			Alias:            f.alias,
			DeploymentConfig: awscodedeploy.LambdaDeploymentConfig_CANARY_10PERCENT_5MINUTES(),
			Alarms:           &alarms,
			AutoRollback: &awscodedeploy.AutoRollbackConfig{
				DeploymentInAlarm: jsii.Bool(true),
				FailedDeployment:  jsii.Bool(true),
				StoppedDeployment: jsii.Bool(true),
			},
		})
		newOutput(stack, id+"Group", "CodeDeploy's deployment group of the "+f.name+" function.", group.DeploymentGroupName())
	}
}
