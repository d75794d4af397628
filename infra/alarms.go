package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"users-organizations/pkg/telemetry"
)

// culprit is the function whose release an alarm takes back.
type culprit int

const (
	theRegister culprit = 1 << iota
	theAuthorizer
	// either is for what a caller sees, whichever function has failed: one that
	// does not even start can't count its failures itself.
	either = theRegister | theAuthorizer
)

// watched is a figure with an alarm on it.
type watched struct {
	id     string
	metric awscloudwatch.IMetric
	// threshold is what two of five periods of the metric have to reach.
	threshold float64
	// advice is what the alarm says to whoever is woken by it.
	advice  string
	culprit culprit

	alarm awscloudwatch.Alarm
}

// newAlarms watches the figures that call for somebody. The authorizer's
// errors are not among them: every refused token is one, so that anybody could
// raise that alarm. AuthorizerFailures counts what is our own fault, and
// NobodyAllowed takes back no release, since at a quiet hour one caller with old
// tokens is all that it takes.
func newAlarms(
	stack awscdk.Stack, settings Settings, name string, register, authorizer function,
) []watched {
	figures := []watched{
		{
			id: "RegisterErrors", metric: register.live.MetricErrors(each(sum)), threshold: 1, culprit: theRegister,
			advice: "The register function crashed or ran out of time. Look for its last lines in RegisterFunctionLog.",
		},
		{
			id: "ServerErrors", metric: serverErrors(name), threshold: 5, culprit: either,
			advice: "The API answers 5xx. AccessLog tells which status, and whether authorizer or integration failed.",
		},
		{
			id: "RegisterLatency", metric: register.live.MetricDuration(each(p99)), threshold: 2000, culprit: theRegister,
			advice: "One registration in a hundred takes 2 s or more. Compare StoreLatency: is it DynamoDB or the function?",
		},
		{
			id: "RegisterThrottles", metric: register.live.MetricThrottles(each(sum)), threshold: 1, culprit: theRegister,
			advice: "Lambda refuses to run the register function: the account's concurrency, or the function's own, is used up.",
		},
		{
			id: "Unavailable", metric: own(register, "Unavailable", sum), threshold: 5,
			advice: "Callers are told 503: DynamoDB fails, throttles or is slow. Look at AWS Health and at the table's metrics.",
		},
		{
			id: "StoreLatency", metric: own(register, "StoreLatency", p99), threshold: 1000,
			advice: "One write in a hundred takes 1 s or more. Look at AWS Health and at the table's metrics.",
		},
		{
			id: "AuthorizerFailures", metric: own(authorizer, "AuthorizerFailures", sum), threshold: 1,
			culprit: theAuthorizer,
			advice:  "The authorizer can't load its keys, or panicked. AuthorizerFunctionLog says which secret is wrong and why.",
		},
		{
			id: "AuthorizerLatency", metric: authorizer.live.MetricDuration(each(p99)), threshold: 1000,
			culprit: theAuthorizer,
			advice:  "One call of the authorizer in a hundred takes 1 s or more. Loading the keys is all that it waits for.",
		},
		{
			id: "AuthorizerThrottles", metric: authorizer.live.MetricThrottles(each(sum)), threshold: 1,
			culprit: theAuthorizer,
			advice:  "Lambda refuses to run the authorizer: the account's concurrency is used up.",
		},
		{
			id: "NobodyAllowed", metric: asksInVain(authorizer, register), threshold: 20,
			advice: "The authorizer was asked and let nobody in. Count by reason in AuthorizerFunctionLog: " +
				"unknown-key or signature of many callers means other keys than the issuer's.",
		},
	}

	action := awscloudwatchactions.NewSnsAction(newAlarmTopic(stack, settings))
	for i := range figures {
		figure := &figures[i]
		figure.alarm = awscloudwatch.NewAlarm(stack, jsii.String(figure.id+"Alarm"), &awscloudwatch.AlarmProps{
			AlarmDescription:   jsii.String(figure.advice),
			Metric:             figure.metric,
			Threshold:          jsii.Number(figure.threshold),
			ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			EvaluationPeriods:  jsii.Number(5),
			DatapointsToAlarm:  jsii.Number(2),
			TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		})
		figure.alarm.AddAlarmAction(action)
		figure.alarm.AddOkAction(action)
	}
	return figures
}

// newAlarmTopic sends what is published on it to the alarm address. A policy
// on a topic takes the place of the one that SNS gives it, so the alarms of
// this account have to be let in.
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

// asksInVain counts the calls of the authorizer in five minutes of which none
// led to the register function, and is 0 where one did.
func asksInVain(authorizer, register function) awscloudwatch.MathExpression {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		// A function that is not called has no figure rather than 0.
		Expression: jsii.String("IF(FILL(registering, 0) == 0, asking, 0)"),
		UsingMetrics: &map[string]awscloudwatch.IMetric{
			"asking":      authorizer.live.MetricInvocations(nil),
			"registering": register.live.MetricInvocations(nil),
		},
		Label:  jsii.String("calls of the authorizer, none let in"),
		Period: awscdk.Duration_Minutes(jsii.Number(5)),
	})
}

// serverErrors counts the answers of the stage with a status of 500 or more.
// It goes by names rather than by the stage itself, which waits for the alias,
// which waits for the alarms of its release.
func serverErrors(name string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String("AWS/ApiGateway"),
		MetricName:    jsii.String("5XXError"),
		DimensionsMap: &map[string]*string{"ApiName": jsii.String(name), "Stage": jsii.String(stageName)},
		Statistic:     jsii.String(sum),
		Period:        awscdk.Duration_Minutes(jsii.Number(1)),
	})
}
