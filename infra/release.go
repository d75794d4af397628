package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// newReleases lets CodeDeploy move the functions' aliases: a tenth of the
// calls for five minutes, then all. An alarm of the same function, or of the
// API as a whole, meanwhile sends the alias back.
func newReleases(stack awscdk.Stack, figures []watched, register, authorizer function) {
	application := awscodedeploy.NewLambdaApplication(stack, jsii.String("Releases"), nil)
	output(stack, "ReleaseApplication", "CodeDeploy's application of both functions.", application.ApplicationName())
	for _, release := range []struct {
		id       string
		function function
		culprit  culprit
	}{
		{"RegisterRelease", register, theRegister},
		{"AuthorizerRelease", authorizer, theAuthorizer},
	} {
		var alarms []interfacesawscloudwatch.IAlarmRef
		for _, figure := range figures {
			if figure.culprit&release.culprit != 0 {
				alarms = append(alarms, figure.alarm)
			}
		}
		group := awscodedeploy.NewLambdaDeploymentGroup(stack, jsii.String(release.id),
			&awscodedeploy.LambdaDeploymentGroupProps{
				Application:      application,
				Alias:            release.function.alias,
				DeploymentConfig: awscodedeploy.LambdaDeploymentConfig_CANARY_10PERCENT_5MINUTES(),
				Alarms:           &alarms,
				AutoRollback: &awscodedeploy.AutoRollbackConfig{
					DeploymentInAlarm: jsii.Bool(true),
					FailedDeployment:  jsii.Bool(true),
					StoppedDeployment: jsii.Bool(true),
				},
			})
		output(stack, release.id+"Group", "CodeDeploy's deployment group of the function.", group.DeploymentGroupName())
	}
}
