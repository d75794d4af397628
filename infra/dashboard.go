package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// The outcomes that the functions count.
var (
	outcomesOfRequests = []string{"Successes", "Replays", "Conflicts", "InvalidRequests", "Unavailable"}
	outcomesOfChanges  = []string{"Entries", "Foreign", "Duplicates"}
)

// newDashboard shows the outcomes of requests and changes, and each figure with
// the threshold of its alarm, the stream's first.
func newDashboard(stack awscdk.Stack, name string, figures []figure, functions functionSet, api awsapigateway.RestApi) {
	alarms := make([]interfacesawscloudwatch.IAlarmRef, len(figures))
	var ofStream, others []awscloudwatch.IWidget
	for i, figure := range figures {
		alarms[i] = figure.alarm
		graph := awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title:           jsii.String(figure.id),
			Left:            &[]awscloudwatch.IMetric{figure.metric},
			LeftAnnotations: &[]*awscloudwatch.HorizontalAnnotation{figure.alarm.ToAnnotation()},
			Width:           jsii.Number(8),
		})
		if figure.ofStream {
			ofStream = append(ofStream, graph)
		} else {
			others = append(others, graph)
		}
	}
	overview := []awscloudwatch.IWidget{awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title:  jsii.String("Alarms"),
		Alarms: &alarms,
		Width:  jsii.Number(8),
		Height: jsii.Number(6),
	})}
	for _, f := range functions {
		switch {
		case f.hasRoute():
			overview = append(overview, newOutcomes(f, outcomesOfRequests))
		case f.readsStream:
			overview = append(overview, newOutcomes(f, outcomesOfChanges))
		}
	}
	overview = append(overview,
		awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title:  jsii.String("Requests"),
			Left:   &[]awscloudwatch.IMetric{ofStage(name, "Count", "SampleCount"), ofStage(name, "4XXError", sum), ofStage(name, "5XXError", sum)},
			Right:  &[]awscloudwatch.IMetric{ofStage(name, "Latency", "p50"), ofStage(name, "Latency", p99)},
			Width:  jsii.Number(8),
			Height: jsii.Number(6),
		}),
		awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
			Title:   jsii.String("4xx by status"),
			Left:    &[]awscloudwatch.IMetric{clientErrorsByStatus(api)},
			Stacked: jsii.Bool(true),
			Width:   jsii.Number(8),
			Height:  jsii.Number(6),
		}),
	)
	dashboard := awscloudwatch.NewDashboard(stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(name),
	})
	dashboard.AddWidgets(overview...)
	dashboard.AddWidgets(ofStream...)
	dashboard.AddWidgets(others...)
}

func newOutcomes(f function, outcomes []string) awscloudwatch.GraphWidget {
	var metrics []awscloudwatch.IMetric
	for _, outcome := range outcomes {
		metrics = append(metrics, own(f, outcome, sum))
	}
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title:   jsii.String("Outcomes of " + f.name),
		Left:    &metrics,
		Stacked: jsii.Bool(true),
		Width:   jsii.Number(8),
		Height:  jsii.Number(6),
	})
}
