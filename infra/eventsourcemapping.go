package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// discardAfter is how many seconds Lambda retries a change before it sends it to
// the bucket: an hour less than the day for which the stream keeps it. A change
// that expires in the stream could be lost silently: Lambda counts it neither as
// dropped nor as delivered (Lambda developer guide, "Types of metrics for Lambda
// functions").
const discardAfter = 23 * 60 * 60

// newEventSourceMapping lets Lambda invoke a function with the changes of the
// memberships, the oldest in the stream first. Lambda retries a failed batch
// until it discards it: from the change that the function names, or in halves
// where it names none.
//
// Ten batches of a shard run at once, the most that Lambda allows, since the
// function records a batch one change after the other. The changes of one item
// stay in order (Lambda developer guide, "Using AWS Lambda with Amazon
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
