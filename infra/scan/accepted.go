package main

// acceptance is of what a rule finds on resources of a type, or on any where
// the tool names none.
type acceptance struct{ rule, kind, reason string }

const (
	lambda    = "AWS::Lambda::Function"
	awsOwnKey = "keys are AWS's own, unless CustomerManagedKey is set"
	plainLog  = "CloudWatch Logs encrypts every log with a key of its own, and no log has a token in it"
	noMail    = "an alarm's text tells nothing about anybody, and a key of AWS's own lets no alarm in"
	noQueue   = "a dead-letter queue is for calls that nobody waits for, and there are none"
	noNetwork = "the functions call DynamoDB and Secrets Manager, which are not in a VPC"
	unlimited = "what is reserved for one function is taken from all others; the stage's throttle bounds them"
)

// accepted are the findings that we live with, and why.
var accepted = []acceptance{
	{"CKV_AWS_18", "AWS::S3::Bucket", "it is read by hand after an alarm; a log of that would be read by nobody"},
	{"CKV_AWS_21", "AWS::S3::Bucket", "each object has a name of its own and is written once"},
	{"CKV_AWS_26", "AWS::SNS::Topic", noMail},
	{"CKV_AWS_59", "AWS::ApiGateway::Method", "a method that only responds with 404 needs no authorization"},
	{"CKV_AWS_73", "AWS::ApiGateway::Stage", "dev is not traced"},
	{"CKV_AWS_115", lambda, unlimited},
	{"CKV_AWS_116", lambda, noQueue},
	{"CKV_AWS_117", lambda, noNetwork},
	{"CKV_AWS_119", "AWS::DynamoDB::Table", awsOwnKey},
	{"CKV_AWS_120", "AWS::ApiGateway::Stage", "no response may be older than the last write"},
	{"CKV_AWS_149", "AWS::SecretsManager::Secret", awsOwnKey},
	{"CKV_AWS_158", "AWS::Logs::LogGroup", plainLog},
	{"CKV_AWS_166", "AWS::Backup::BackupVault", awsOwnKey},
	{"CKV_AWS_173", lambda, "a variable names a table or a secret, and holds none"},
	{"CKV_AWS_192", "AWS::WAFv2::WebACL", "there is no Java behind it, and a rule set that guesses would refuse good requests"},

	{"CLOUDWATCH_LOG_GROUP_ENCRYPTED", "", plainLog},
	{"DYNAMODB_TABLE_ENCRYPTED_KMS", "", awsOwnKey},
	{"IAM_NO_INLINE_POLICY_CHECK", "", "each role is of one function, and goes with it; a test lists its rights"},
	{"LAMBDA_CONCURRENCY_CHECK", "", unlimited},
	{"LAMBDA_DLQ_CHECK", "", noQueue},
	{"LAMBDA_INSIDE_VPC", "", noNetwork},
	{"aws_secretsmanager_secret_has_rotation_schedule", "", "keys rotate by adding a key, which the issuer has to do too"},
	{"aws_secretsmanager_secret_encrypted_kms_cmk", "", awsOwnKey},
	{"aws_sns_topics_must_be_encrypted_using_kms", "", noMail},
}
