package main

import "testing"

// TestNobodyMayDoAnythingElse checks that the bucket refuses requests without TLS.
func TestDiscardedChangesAreKept(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			bucket := stacks.service.one(t, "AWS::S3::Bucket")
			wantJSON(t, "the bucket", any(bucket.Properties), `{
				"BucketEncryption":{"ServerSideEncryptionConfiguration":[{"ServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]},
				"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true},
				"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]},
				"LifecycleConfiguration":{"Rules":[{"ExpirationInDays":365,"Status":"Enabled"}]}}`)
			checkRemoval(t, "DiscardedChanges", bucket, stacks.settings)
		})
	}
}
