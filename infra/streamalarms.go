package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// streamFigures are the metrics of the record function with an alarm, in
// addition to those of every function. No caller waits for record, so they show
// how far it is behind the writes, and whether anything is missing.
//
// Those that the function counts itself roll its release back. A wrong entry can
// never be corrected, so a release that writes gaps or unreadable entries must
// end. Lag and PublishFailures can also come from DynamoDB or EventBridge. They
// roll back nevertheless: a new version that reports its changes as failed
// raises no error, no caller notices, and going back loses nothing, since
// Lambda sends the changes again. The metrics of the event source mapping can't
// roll back: the mapping waits for the alias, and the alias for the alarms of
// its release.
func streamFigures(f function, s stores) []figure {
	release := []string{f.name}
	figures := []figure{
		{
			id: "RecordIteratorAge", metric: f.Metric(jsii.String("IteratorAge"), each("Maximum")), threshold: 60_000,
			advice: "A change has waited 1 min for the record function. Does it fail, is it throttled, or are there more " +
				"changes than it can take? Lambda retries for 23 hours.",
		},
		{
			id: "RecordLag", metric: own(f, "Lag", p99), threshold: 60_000, rollsBack: release,
			advice: "One change in a hundred is in the history only after 1 min. Look at RecordIteratorAge and HistoryThrottles.",
		},
		{
			id: "RecordFailures", metric: mapped(f, "FailedInvokeEventCount"), threshold: 1,
			advice: "The record function failed to record some changes. Lambda sends them again. RecordFunctionLog says why.",
		},
		{
			id: "RecordPublishFailures", metric: own(f, "PublishFailures", sum), threshold: 1, rollsBack: release,
			advice: "The event bus refuses events, which are sent again. RecordFunctionLog has its errors; look at AWS Health.",
		},
		{
			id: "RecordGaps", metric: own(f, "Gaps", sum), threshold: 1, once: true, rollsBack: release,
			advice: "Changes are missing in a history, before the entry with gap: true. RecordFunctionLog names the membership.",
		},
		{
			id: "RecordUnreadable", metric: own(f, "Unreadable", sum), threshold: 1, once: true, rollsBack: release,
			advice: "A change is not a readable membership. The history stores it as it came; RecordFunctionLog names it.",
		},
		{
			id: "RecordDiscarded", metric: discarded(f), threshold: 1, once: true,
			advice: "Changes could not be recorded for 23 hours, and are in the bucket DiscardedChanges: append them from there.",
		},
		{
			id: "RecordStopped", metric: writesUnseen(f, s), threshold: 1,
			advice: "Memberships are written, and the record function gets no change. Look at the state of its event source mapping: " +
				"after 24 hours changes are lost.",
		},
		{
			id: "HistoryThrottles", metric: throttledWrites(s.history, ""), threshold: 10,
			advice: "The history table gets more entries than its partitions take, and refuses some. They are written again. Look at RecordIteratorAge.",
		},
	}
	for i := range figures {
		figures[i].ofStream = true
	}
	return figures
}

// mapped is a metric of the function's event source mapping. It counts changes.
func mapped(f function, metric string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String("AWS/Lambda"),
		MetricName:    jsii.String(metric),
		DimensionsMap: &map[string]*string{"EventSourceMappingUUID": f.mapping.Ref()},
		Statistic:     jsii.String(sum),
		Period:        awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// discarded counts the changes that Lambda stopped retrying: those in the
// bucket, and those that it could not store there.
func discarded(f function) awscloudwatch.MathExpression {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String("SUM(FILL(METRICS(), 0))"),
		UsingMetrics: &map[string]awscloudwatch.IMetric{
			"kept": mapped(f, "OnFailureDestinationDeliveredEventCount"),
			"lost": mapped(f, "DroppedEventCount"),
		},
		Label:  jsii.String("discarded changes"),
		Period: awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// writesUnseen counts the writes of five minutes in which the function was not
// called. It is 0 where the function was called.
func writesUnseen(f function, s stores) awscloudwatch.MathExpression {
	metrics := map[string]awscloudwatch.IMetric{"seen": f.live.MetricInvocations(nil)}
	for id, operation := range map[string]string{"put": "PutItem", "updated": "UpdateItem", "deleted": "DeleteItem"} {
		metrics[id] = awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/DynamoDB"),
			MetricName:    jsii.String("SuccessfulRequestLatency"),
			DimensionsMap: &map[string]*string{"TableName": s.memberships.TableName(), "Operation": jsii.String(operation)},
			Statistic:     jsii.String("SampleCount"),
		})
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression:   jsii.String("IF(FILL(seen, 0) == 0, FILL(put, 0) + FILL(updated, 0) + FILL(deleted, 0), 0)"),
		UsingMetrics: &metrics,
		Label:        jsii.String("writes, none of them seen"),
		Period:       awscdk.Duration_Minutes(jsii.Number(5)),
	})
}
