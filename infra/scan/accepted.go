package main

// acceptance accepts the findings of a rule on resources of a type. kind is
// empty for a tool that does not name the type.
type acceptance struct{ rule, kind, reason string }

const (
	lambda    = "AWS::Lambda::Function"
	awsOwnKey = "keys are AWS's own, unless CustomerManagedKey is set"
	plainLog  = "CloudWatch Logs encrypts every log with AWS's own key, and no log contains a token"
	alarmText = "the text of an alarm is not personal, and CloudWatch can't publish with AWS's own key"
	noQueue   = "a dead-letter queue is for asynchronous calls, and there are none"
	noNetwork = "the functions call DynamoDB and Secrets Manager, which are not in a VPC"
	unlimited = "reserved concurrency would be missing for all other functions; the stage's throttle limits the calls"
)

// accepted are the findings that we accept, and why.
var accepted = []acceptance{
	{"CKV_AWS_18", "AWS::S3::Bucket", "an operator reads it after an alarm; nobody would read an access log"},
	{"CKV_AWS_21", "AWS::S3::Bucket", "each object has its own name and is written once"},
	{"CKV_AWS_26", "AWS::SNS::Topic", alarmText},
	{"CKV_AWS_59", "AWS::ApiGateway::Method", "a method that only responds with 404 needs no authorization"},
	{"CKV_AWS_73", "AWS::ApiGateway::Stage", "dev is not traced"},
	{"CKV_AWS_115", lambda, unlimited},
	{"CKV_AWS_116", lambda, noQueue},
	{"CKV_AWS_117", lambda, noNetwork},
	{"CKV_AWS_119", "AWS::DynamoDB::Table", awsOwnKey},
	{"CKV_AWS_120", "AWS::ApiGateway::Stage", "a cached response could be older than the last write"},
	{"CKV_AWS_149", "AWS::SecretsManager::Secret", awsOwnKey},
	{"CKV_AWS_158", "AWS::Logs::LogGroup", plainLog},
	{"CKV_AWS_166", "AWS::Backup::BackupVault", awsOwnKey},
	{"CKV_AWS_173", lambda, "the variables contain names of tables and secrets, no secrets"},
	{"CKV_AWS_192", "AWS::WAFv2::WebACL", "the rule is against Log4j, there is no Java here, and the rule set would refuse good requests"},

	{"CLOUDWATCH_LOG_GROUP_ENCRYPTED", "", plainLog},
	{"DYNAMODB_TABLE_ENCRYPTED_KMS", "", awsOwnKey},
	{"IAM_NO_INLINE_POLICY_CHECK", "", "each role belongs to one function, and is deleted with it; a test lists its rights"},
	{"LAMBDA_CONCURRENCY_CHECK", "", unlimited},
	{"LAMBDA_DLQ_CHECK", "", noQueue},
	{"LAMBDA_INSIDE_VPC", "", noNetwork},
	{"aws_secretsmanager_secret_has_rotation_schedule", "", "keys rotate by adding a key, which the issuer has to do too"},
	{"aws_secretsmanager_secret_encrypted_kms_cmk", "", awsOwnKey},
	{"aws_sns_topics_must_be_encrypted_using_kms", "", alarmText},
}
