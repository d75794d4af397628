package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestAlarmsAndDashboardShowTheSameFigures(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"AuthorizerFailuresAlarm": "UsersOrganizations AuthorizerFailures FunctionName=AuthorizerFunction",
		"NobodyAllowedAlarm": "IF(FILL(register, 0) + FILL(read, 0) + FILL(change, 0) == 0, asking, 0)" +
			", asking: AWS/Lambda Invocations FunctionName=AuthorizerFunction" +
			", change: AWS/Lambda Invocations FunctionName=ChangeFunction" +
			", read: AWS/Lambda Invocations FunctionName=ReadFunction" +
			", register: AWS/Lambda Invocations FunctionName=RegisterFunction",
		"RecordIteratorAgeAlarm":     "AWS/Lambda IteratorAge FunctionName=RecordFunction",
		"RecordLagAlarm":             "UsersOrganizations Lag FunctionName=RecordFunction",
		"RecordFailuresAlarm":        "AWS/Lambda FailedInvokeEventCount EventSourceMappingUUID=RecordMapping",
		"RecordPublishFailuresAlarm": "UsersOrganizations PublishFailures FunctionName=RecordFunction",
		"RecordGapsAlarm":            "UsersOrganizations Gaps FunctionName=RecordFunction",
		"RecordUnreadableAlarm":      "UsersOrganizations Unreadable FunctionName=RecordFunction",
		"RecordDiscardedAlarm": "SUM(FILL(METRICS(), 0))" +
			", kept: AWS/Lambda OnFailureDestinationDeliveredEventCount EventSourceMappingUUID=RecordMapping" +
			", lost: AWS/Lambda DroppedEventCount EventSourceMappingUUID=RecordMapping",
		"RecordStoppedAlarm": "IF(FILL(seen, 0) == 0, FILL(put, 0) + FILL(updated, 0) + FILL(deleted, 0), 0)" +
			", deleted: AWS/DynamoDB SuccessfulRequestLatency Operation=DeleteItem TableName=MembershipsTable" +
			", put: AWS/DynamoDB SuccessfulRequestLatency Operation=PutItem TableName=MembershipsTable" +
			", seen: AWS/Lambda Invocations FunctionName=RecordFunction" +
			", updated: AWS/DynamoDB SuccessfulRequestLatency Operation=UpdateItem TableName=MembershipsTable",
		"HistoryThrottlesAlarm": "AWS/DynamoDB WriteThrottleEvents TableName=HistoryTable",
		"IndexThrottlesAlarm":   "AWS/DynamoDB WriteThrottleEvents GlobalSecondaryIndexName=by-organization TableName=MembershipsTable",
		"ServerErrorsAlarm":     "AWS/ApiGateway 5XXError ApiName=users-organizations-ENV Stage=main",
		"StoreLatencyAlarm": "MAX(FILL(METRICS(), 0))" +
			", change: UsersOrganizations StoreLatency FunctionName=ChangeFunction" +
			", read: UsersOrganizations StoreLatency FunctionName=ReadFunction" +
			", register: UsersOrganizations StoreLatency FunctionName=RegisterFunction",
		"TooManyRequestsAlarm": "UsersOrganizations ClientErrors ApiId=Api Status=429",
		"BlockedRequestsAlarm": "AWS/WAFV2 BlockedRequests Region=REGION Rule=users-organizations-ENV-rate WebACL=users-organizations-ENV",
		"FailedBackupsAlarm":   "AWS/Backup NumberOfBackupJobsFailed BackupVaultName=Backups.BackupVaultName",
		"UnavailableAlarm": "SUM(FILL(METRICS(), 0))" +
			", change: UsersOrganizations Unavailable FunctionName=ChangeFunction" +
			", read: UsersOrganizations Unavailable FunctionName=ReadFunction" +
			", register: UsersOrganizations Unavailable FunctionName=RegisterFunction",
	}
	for _, f := range functions {
		of := " FunctionName=" + f.id()
		want[f.title()+"LatencyAlarm"] = "AWS/Lambda Duration" + of
		want[f.title()+"ThrottlesAlarm"] = "AWS/Lambda Throttles" + of
		if f.name != authorizer {
			want[f.title()+"ErrorsAlarm"] = "AWS/Lambda Errors" + of
		}
	}
	// An event that does not repeat raises its alarm the first time.
	once := []string{"FailedBackupsAlarm", "RecordDiscardedAlarm", "RecordGapsAlarm", "RecordUnreadableAlarm"}
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			alarms := service.ofType("AWS::CloudWatch::Alarm")
			want := maps.Clone(want)
			if settings.RequestsPerAddress == 0 {
				delete(want, "BlockedRequestsAlarm")
			}
			if settings.BackupDays == 0 {
				delete(want, "FailedBackupsAlarm")
			}
			if settings.AlarmEmail == "" {
				for _, kind := range []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Topic", "AWS::Logs::MetricFilter"} {
					if found := service.ofType(kind); len(found) > 0 {
						t.Errorf("there are %v without an AlarmEmail", slices.Collect(maps.Keys(found)))
					}
				}
				return
			}
			if got, want := slices.Sorted(maps.Keys(alarms)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
				t.Fatalf("the alarms are %v, want %v", got, want)
			}
			board := text(service.one(t, "AWS::CloudWatch::Dashboard").Properties["DashboardBody"])
			for id, alarm := range alarms {
				p := alarm.Properties
				got, want := figureOf(p), strings.NewReplacer("ENV", stacks.environment, "REGION", settings.Region).Replace(want[id])
				if got != want {
					t.Errorf("%s watches %s, want %s", id, got, want)
				}
				wantJSON(t, id+" AlarmActions", withoutHashes(p["AlarmActions"]), `[{"Ref":"Alarms"}]`)
				wantJSON(t, id+" TreatMissingData", p["TreatMissingData"], `"notBreaching"`)
				datapoints := 2.0
				if slices.Contains(once, id) {
					datapoints = 1
				}
				if p["DatapointsToAlarm"] != datapoints || p["EvaluationPeriods"] != 5.0 {
					t.Errorf("%s is raised by %v of %v periods, want %v of 5", id, p["DatapointsToAlarm"], p["EvaluationPeriods"], datapoints)
				}
				shown := `"` + text(p["Namespace"]) + `","` + text(p["MetricName"]) + `"`
				if metrics := list(p["Metrics"]); len(metrics) > 0 {
					shown = `"expression":"` + text(object(metrics[0])["Expression"]) + `"`
				}
				if !strings.Contains(board, shown) {
					t.Errorf("the dashboard does not show %s", want)
				}
			}
			for _, outcome := range []string{"Successes", "Replays", "Conflicts", "InvalidRequests", "Entries", "Foreign", "Duplicates"} {
				if !strings.Contains(board, `"UsersOrganizations","`+outcome+`"`) {
					t.Errorf("the dashboard does not show %s", outcome)
				}
			}
			for _, shown := range []string{
				`"AWS/ApiGateway","Count"`, `"AWS/ApiGateway","4XXError"`, `"AWS/ApiGateway","Latency"`,
				`SEARCH('{UsersOrganizations,ApiId,Status} MetricName=\"ClientErrors\" ApiId=\"Api\"', 'Sum', 60)`,
			} {
				if !strings.Contains(board, shown) {
					t.Errorf("the dashboard does not show %s", shown)
				}
			}
			counted := service.one(t, "AWS::Logs::MetricFilter").Properties
			wantJSON(t, "LogGroupName", withoutHashes(counted["LogGroupName"]), `{"Ref":"AccessLog"}`)
			wantJSON(t, "FilterPattern", counted["FilterPattern"], `"{ $.status = \"4*\" }"`)
			wantJSON(t, "MetricTransformations", counted["MetricTransformations"], `[{"MetricName":"ClientErrors","MetricNamespace":"UsersOrganizations",
				"MetricValue":"1","Dimensions":[{"Key":"ApiId","Value":"$.apiId"},{"Key":"Status","Value":"$.status"}]}]`)
			subscribers := []string{"email " + settings.AlarmEmail}
			if settings.AlarmEndpoint != "" {
				subscribers = append(subscribers, "https "+settings.AlarmEndpoint)
			}
			var got []string
			for _, subscription := range service.ofType("AWS::SNS::Subscription") {
				got = append(got, text(subscription.Properties["Protocol"])+" "+text(subscription.Properties["Endpoint"]))
			}
			if slices.Sort(got); !slices.Equal(got, subscribers) {
				t.Errorf("alarms go to %v, want %v", got, subscribers)
			}
		})
	}
}

// infra/README.md computes the price of the alarms from their number.
func TestTheREADMECountsTheAlarms(t *testing.T) {
	t.Parallel()
	alarms, metrics := assemblyOf(t, "prod").service.ofType("AWS::CloudWatch::Alarm"), 0
	for _, alarm := range alarms {
		// The first of several metrics is the expression over the others.
		metrics += max(1, len(list(alarm.Properties["Metrics"]))-1)
	}
	want := fmt.Sprintf("| %d alarms, on %d metrics | 0.10 a metric ² | %.2f |", len(alarms), metrics, float64(metrics)*0.10)
	if !strings.Contains(string(readFile(t, "README.md")), want) {
		t.Errorf("infra/README.md does not say %s", want)
	}
}

// figureOf is the metric of an alarm, or its expression and the metrics in it.
func figureOf(alarm map[string]any) string {
	metrics := list(alarm["Metrics"])
	if len(metrics) == 0 {
		return metricOf(alarm)
	}
	parts := []string{text(object(metrics[0])["Expression"])}
	for _, entry := range metrics[1:] {
		entry := object(entry)
		parts = append(parts, text(entry["Id"])+": "+metricOf(object(object(entry["MetricStat"])["Metric"])))
	}
	return strings.Join(parts, ", ")
}

func metricOf(p map[string]any) string {
	parts := []string{text(p["Namespace"]), text(p["MetricName"])}
	for _, dimension := range list(p["Dimensions"]) {
		dimension := object(dimension)
		if dimension["Name"] == "Resource" {
			continue // TestACanaryReleasesInSteps checks that it is the alias.
		}
		parts = append(parts, text(dimension["Name"])+"="+text(dimension["Value"]))
	}
	return strings.Join(parts, " ")
}
