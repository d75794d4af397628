package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// discardAfter is for how many seconds Lambda tries to hand over a change: an
// hour less than the day for which the stream keeps it. Then Lambda sends the
// change to the bucket. For a change that expires in the stream Lambda promises
// nothing, and counts it neither as dropped nor as delivered (Lambda developer
// guide, "Types of metrics for Lambda functions"), so it could be lost in
// silence.
const discardAfter = 23 * 60 * 60

// newEventSourceMapping lets Lambda hand the changes of the memberships to a
// function, beginning with the oldest in the stream. A failed batch comes again
// until Lambda discards it: from the change that the function names, or halved
// where it names none.
// Ten batches of a shard, the most that Lambda allows, are handed over at once,
// since a batch is recorded one change after the other. The changes of one item
// stay in their order (Lambda developer guide, "Using AWS Lambda with Amazon
// DynamoDB").
func newEventSourceMapping(stack awscdk.Stack, settings Settings, f function, s stores) awslambda.CfnEventSourceMapping {
	props := &awslambda.CfnEventSourceMappingProps{
		FunctionName:               f.live.FunctionArn(),
		EventSourceArn:             s.memberships.TableStreamArn(),
		StartingPosition:           jsii.String("TRIM_HORIZON"),
		BatchSize:                  jsii.Number(100),
		ParallelizationFactor:      jsii.Number(10),
		BisectBatchOnFunctionError: jsii.Bool(true),
		FunctionResponseTypes:      jsii.Strings("ReportBatchItemFailures"),
		MaximumRetryAttempts:       jsii.Number(-1), // no limit
		MaximumRecordAgeInSeconds:  jsii.Number(discardAfter),
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: s.discarded.BucketArn()},
		},
	}
	if settings.AlarmEmail != "" {
		props.MetricsConfig = &awslambda.CfnEventSourceMapping_MetricsConfigProperty{Metrics: jsii.Strings("EventCount")}
	}
	return awslambda.NewCfnEventSourceMapping(stack, jsii.String(f.title()+"Mapping"), props)
}

// readStream lets Lambda, with the role of the function, read the changes of
// the memberships and keep what it discards. The condition refuses the bucket
// of another account, which could take the name of a deleted bucket (Lambda
// developer guide, "Security best practices for Amazon S3 destinations").
func readStream(s stores) []awsiam.PolicyStatement {
	keep := []awsiam.PolicyStatement{
		allow(s.discarded.BucketArn(), "s3:ListBucket"),
		allow(s.discarded.ArnForObjects(jsii.String("aws/lambda/*")), "s3:PutObject"),
	}
	for _, statement := range keep {
		statement.AddCondition(jsii.String("StringEquals"), map[string]*string{"s3:ResourceAccount": s.discarded.Stack().Account()})
	}
	return append(keep, allow(s.memberships.TableStreamArn(),
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"))
}
