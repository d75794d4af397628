package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// newDashboard shows the outcomes of calls, and each figure with the line at
// which its alarm is raised.
func newDashboard(stack awscdk.Stack, name string, figures []figure, functions functionSet) {
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
	overview := []awscloudwatch.IWidget{awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title:  jsii.String("Alarms"),
		Alarms: &alarms,
		Width:  jsii.Number(8),
		Height: jsii.Number(6),
	})}
	for _, f := range functions.behindRoutes() {
		var outcomes []awscloudwatch.IMetric
		for _, outcome := range []string{"Successes", "Replays", "Conflicts", "InvalidRequests", "Unavailable"} {
			outcomes = append(outcomes, own(f, outcome, sum))
		}
		overview = append(overview, awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title:   jsii.String("Outcomes of " + f.name),
			Left:    &outcomes,
			Stacked: jsii.Bool(true),
			Width:   jsii.Number(8),
			Height:  jsii.Number(6),
		}))
	}
	dashboard := awscloudwatch.NewDashboard(stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(name),
	})
	dashboard.AddWidgets(overview...)
	dashboard.AddWidgets(graphs...)
}
