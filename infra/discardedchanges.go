package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
)

// newDiscardedBucket makes the bucket that holds, for a year, each change that
// Lambda gives up on: enough time to append it to the history, or to decide not to.
// Lambda sends the change itself only to a bucket; a queue gets only its position in
// the stream (Lambda developer guide, "Retain discarded records for a DynamoDB event
// source").
func newDiscardedBucket(stack awscdk.Stack, settings Settings) awss3.Bucket {
	return awss3.NewBucket(stack, jsii.String("DiscardedChanges"), &awss3.BucketProps{
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		LifecycleRules:    &[]*awss3.LifecycleRule{{Expiration: awscdk.Duration_Days(jsii.Number(365))}},
		RemovalPolicy:     settings.removal(),
	})
}
