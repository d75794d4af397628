package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// newDashboard shows what callers are answered, and each watched figure with
// the line at which its alarm is raised.
func newDashboard(stack awscdk.Stack, name string, figures []watched, register function) {
	dashboard := awscloudwatch.NewDashboard(stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(name),
	})
	var outcomes []awscloudwatch.IMetric
	for _, outcome := range []string{"Successes", "Replays", "Conflicts", "InvalidRequests", "Unavailable"} {
		outcomes = append(outcomes, own(register, outcome, sum))
	}
	alarms := make([]interfacesawscloudwatch.IAlarmRef, len(figures))
	graphs := make([]awscloudwatch.IWidget, len(figures))
	for i, figure := range figures {
		alarms[i] = figure.alarm
		graphs[i] = awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title:           jsii.String(figure.id),
			Left:            &[]awscloudwatch.IMetric{figure.metric},
			LeftAnnotations: &[]*awscloudwatch.HorizontalAnnotation{figure.alarm.ToAnnotation()},
			Width:           jsii.Number(8),
		})
	}
	dashboard.AddWidgets(
		awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title:  jsii.String("Alarms"),
			Alarms: &alarms,
			Width:  jsii.Number(8),
			Height: jsii.Number(6),
		}),
		awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title:   jsii.String("Outcomes"),
			Left:    &outcomes,
			Stacked: jsii.Bool(true),
			Width:   jsii.Number(16),
			Height:  jsii.Number(6),
		}),
	)
	dashboard.AddWidgets(graphs...)
}
