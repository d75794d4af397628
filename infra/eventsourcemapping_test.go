package main

import "testing"

func TestChangesReachTheHistory(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			function, metrics := `{"Fn::GetAtt":["RecordFunction","Arn"]}`, ""
			if stacks.settings.Canary {
				function = `{"Ref":"RecordFunctionLive"}`
			}
			if stacks.settings.AlarmEmail != "" {
				metrics = `,"MetricsConfig":{"Metrics":["EventCount"]}`
			}
			mapping := stacks.service.one(t, "AWS::Lambda::EventSourceMapping")
			// Lambda retries for 23 of the stream's 24 hours, then sends to the bucket.
			wantJSON(t, "the mapping", withoutHashes(mapping.Properties), `{
				"EventSourceArn":{"Fn::GetAtt":["MembershipsTable","StreamArn"]},"StartingPosition":"TRIM_HORIZON",
				"FunctionName":`+function+`,"FunctionResponseTypes":["ReportBatchItemFailures"],
				"BatchSize":100,"ParallelizationFactor":10,"BisectBatchOnFunctionError":true,
				"MaximumRetryAttempts":-1,"MaximumRecordAgeInSeconds":82800,
				"DestinationConfig":{"OnFailure":{"Destination":{"Fn::GetAtt":["DiscardedChanges","Arn"]}}}`+metrics+`}`)
		})
	}
}
