package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/telemetry"
)

// figure is a metric with an alarm on it.
type figure struct {
	id     string
	metric awscloudwatch.IMetric
	// The alarm is raised when two of five periods of the metric reach threshold,
	// or, if once is set, when one does (for events that do not repeat).
	threshold float64
	once      bool
	// advice is the alarm's text. It says what to look at.
	advice string
	// rollsBack names the functions whose release the alarm rolls back.
	rollsBack []string
	// ofStream is true where the metric is about the stream, not about requests.
	ofStream bool

	alarm awscloudwatch.Alarm
}

// newAlarms makes every alarm and its mails. The authorizer's errors have none:
// every refused token is one, so any caller could raise it. AuthorizerFailures
// counts the service's own failures instead. NobodyAllowed rolls back no
// release, since in a quiet hour one caller with old tokens can raise it. more has
// the figures of optional parts.
func newAlarms(
	stack awscdk.Stack, settings Settings, name string, functions functionSet, s stores, api awsapigateway.RestApi,
	more []figure,
) []figure {
	var figures []figure
	for _, f := range functions {
		figures = append(figures, figuresOf(f)...)
		if f.readsStream {
			figures = append(figures, streamFigures(f, s)...)
		}
	}
	// A function that does not start can't count its own failures, so ServerErrors
	// rolls back the release of every function that can cause a 5xx.
	figures = append(figures,
		figure{
			id: "ServerErrors", metric: ofStage(name, "5XXError", sum), threshold: 5, rollsBack: functions.responding().names(),
			advice: "The API responds with 5xx. AccessLog says which status, and whether authorizer or integration failed.",
		},
		figure{
			id: "Unavailable", metric: across(functions.behindRoutes(), "SUM", "Unavailable", sum), threshold: 5,
			advice: "Callers get 503: DynamoDB fails, throttles or is slow. Look at AWS Health and at the table's metrics.",
		},
		figure{
			id: "StoreLatency", metric: across(functions.behindRoutes(), "MAX", "StoreLatency", p99), threshold: 1000,
			advice: "One DynamoDB call in a hundred takes 1 s or more. Look at AWS Health and at the table's metrics.",
		},
		figure{
			id: "IndexThrottles", metric: throttledWrites(s.memberships, organizationIndex), threshold: 10,
			advice: "The index of an organization's members refuses writes, and the table refuses them with it: " +
				"one organization gets more than 1,000 new members a second. Spread its registrations over time.",
		},
		figure{
			id: "AuthorizerFailures", metric: own(functions.named(authorizer), "AuthorizerFailures", sum), threshold: 1,
			rollsBack: []string{authorizer},
			advice:    "The authorizer can't load its keys, or panicked. AuthorizerFunctionLog says which secret is wrong and why.",
		},
		figure{
			id: "NobodyAllowed", metric: nobodyAllowed(functions), threshold: 20,
			advice: "The authorizer refused every caller. Count by reason in AuthorizerFunctionLog: " +
				"unknown-key or signature for many callers means that our keys are not the issuer's.",
		},
		figure{
			id: "TooManyRequests", metric: tooManyRequests(api), threshold: 60,
			advice: "Callers get 429. Count by error and sourceIp in AccessLog: THROTTLED is all callers together, " +
				"WAF_FILTERED one address above its limit.",
		},
	)
	figures = append(figures, more...)

	action := awscloudwatchactions.NewSnsAction(newAlarmTopic(stack, settings))
	for i := range figures {
		figure := &figures[i]
		datapoints := 2
		if figure.once {
			datapoints = 1
		}
		figure.alarm = awscloudwatch.NewAlarm(stack, jsii.String(figure.id+"Alarm"), &awscloudwatch.AlarmProps{
			AlarmDescription:   jsii.String(figure.advice),
			Metric:             figure.metric,
			Threshold:          jsii.Number(figure.threshold),
			ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			EvaluationPeriods:  jsii.Number(5),
			DatapointsToAlarm:  jsii.Number(datapoints),
			TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		})
		figure.alarm.AddAlarmAction(action)
		figure.alarm.AddOkAction(action)
	}
	return figures
}

// figuresOf are the figures that every function has.
func figuresOf(f function) []figure {
	figures := []figure{
		{
			id: "Errors", metric: f.live.MetricErrors(each(sum)), threshold: 1,
			advice: fmt.Sprintf("The %s function crashed or timed out. Read its last lines in %sLog.", f.name, f.id()),
		},
		{
			id: "Latency", metric: f.live.MetricDuration(each(p99)), threshold: float64(f.slow),
			advice: fmt.Sprintf("One call of the %s function in a hundred takes %d ms or more. %s", f.name, f.slow, f.waits),
		},
		{
			id: "Throttles", metric: f.live.MetricThrottles(each(sum)), threshold: 1,
			advice: fmt.Sprintf("Lambda refuses to run the %s function: the account's concurrency, or the function's own, is used up.", f.name),
		},
	}
	if f.name == authorizer {
		figures = figures[1:]
	}
	for i := range figures {
		figures[i].id = f.title() + figures[i].id
		figures[i].rollsBack = []string{f.name}
	}
	return figures
}

// newAlarmTopic sends each alarm by mail, and to the pager if there is one. A
// topic with a policy loses the default policy of SNS, so this one has to allow
// the alarms of this account.
func newAlarmTopic(stack awscdk.Stack, settings Settings) awssns.Topic {
	topic := awssns.NewTopic(stack, jsii.String("Alarms"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AllowAlarmsOfThisAccount"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]*string{"aws:SourceAccount": stack.Account()}},
	}))
	topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(settings.AlarmEmail), nil))
	if settings.AlarmEndpoint != "" {
		topic.AddSubscription(awssnssubscriptions.NewUrlSubscription(jsii.String(settings.AlarmEndpoint), nil))
	}
	return topic
}

const (
	sum = "Sum"
	p99 = "p99"
)

// each is one statistic a minute.
func each(statistic string) *awscloudwatch.MetricOptions {
	return &awscloudwatch.MetricOptions{
		Statistic: jsii.String(statistic),
		Period:    awscdk.Duration_Minutes(jsii.Number(1)),
	}
}

// own is a metric that the function itself writes, in its log.
func own(writer function, metric, statistic string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String(telemetry.Namespace),
		MetricName:    jsii.String(metric),
		DimensionsMap: &map[string]*string{telemetry.Dimension: writer.FunctionName()},
		Statistic:     jsii.String(statistic),
		Period:        awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// across combines a metric that several functions write into one. It fills in 0,
// since a function that is not called has no value.
func across(writers functionSet, combine, metric, statistic string) awscloudwatch.IMetric {
	if len(writers) == 1 {
		return own(writers[0], metric, statistic)
	}
	metrics := map[string]awscloudwatch.IMetric{}
	for _, f := range writers {
		metrics[f.name] = own(f, metric, statistic)
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression:   jsii.String(combine + "(FILL(METRICS(), 0))"),
		UsingMetrics: &metrics,
		Label:        jsii.String(metric),
		Period:       awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// nobodyAllowed counts the calls of the authorizer in five minutes. It is 0
// where a function behind a route was called, so somebody was allowed.
func nobodyAllowed(functions functionSet) awscloudwatch.MathExpression {
	metrics := map[string]awscloudwatch.IMetric{"asking": functions.named(authorizer).live.MetricInvocations(nil)}
	var calls []string
	for _, f := range functions.behindRoutes() {
		// A function that is not called has no value.
		calls = append(calls, "FILL("+f.name+", 0)")
		metrics[f.name] = f.live.MetricInvocations(nil)
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression:   jsii.String("IF(" + strings.Join(calls, " + ") + " == 0, asking, 0)"),
		UsingMetrics: &metrics,
		Label:        jsii.String("calls of the authorizer, none allowed"),
		Period:       awscdk.Duration_Minutes(jsii.Number(5)),
	})
}

// throttledWrites counts the writes that exceed a partition's capacity in a
// table, or in its index where one is named. A write that the index refuses
// fails on the table as well (DynamoDB developer guide, "Using Global Secondary
// Indexes in DynamoDB").
func throttledWrites(table awsdynamodb.Table, index string) awscloudwatch.Metric {
	dimensions := map[string]*string{"TableName": table.TableName()}
	if index != "" {
		dimensions["GlobalSecondaryIndexName"] = jsii.String(index)
	}
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String("AWS/DynamoDB"),
		MetricName:    jsii.String("WriteThrottleEvents"),
		DimensionsMap: &dimensions,
		Statistic:     jsii.String(sum),
		Period:        awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// ofStage is a metric of API Gateway. It takes names, not the stage itself: the
// stage waits for the alias, and the alias for the alarms of its release.
func ofStage(name, metric, statistic string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String("AWS/ApiGateway"),
		MetricName:    jsii.String(metric),
		DimensionsMap: &map[string]*string{"ApiName": jsii.String(name), "Stage": jsii.String(stageName)},
		Statistic:     jsii.String(statistic),
		Period:        awscdk.Duration_Minutes(jsii.Number(1)),
	})
}
