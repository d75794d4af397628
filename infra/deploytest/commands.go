package main

// typed are the commands that the steps type, each by its first words, in the order
// of the steps. Those of a part are typed one after another, in the order of the
// README.
var typed = []struct {
	part, section string
	begins        []string
}{
	{"bootstrap", "Deploy it", []string{"ENV=", "export AWS_REGION=", "ACCOUNT=", "mkdir", "aws iam create-policy", "(cd infra && npx cdk bootstrap",
		"aws lambda get-account-settings"}},
	{"outputs", "Deploy it", []string{"output()", "output Commit"}},
	{"keys", "Deploy it", []string{"aws secretsmanager put-secret-value"}},
	{"alarms", "Alarms", []string{"aws backup list-backup-jobs", "aws lambda list-event-source-mappings"}},
	{"follow", "Follow the changes", []string{"CONSUMER_ARN=", "aws events put-rule", "aws events put-targets", "aws lambda add-permission"}},
	{"call", "Deploy it", []string{"(umask 077; make -s token", "curl"}},
	{"replay", "Replay events", []string{"aws events start-replay"}},
	{"discarded", "Append discarded changes", []string{"bucket=", "aws s3 ls", "aws s3 cp", "node -p", "aws lambda invoke", "grep"}},
	{"restore into a second table", "Restore the table", []string{"aws dynamodb restore-table-to-point-in-time", "aws dynamodb wait table-exists"}},
	{"put an item back", "Restore the table", []string{"key=", "aws dynamodb get-item", "aws dynamodb get-item", "aws dynamodb put-item",
		"aws dynamodb delete-table"}},
	{"make a key", "Rotate keys", []string{"secret=", "(umask 077;", "node -p"}},
	{"add a key", "Rotate keys", []string{"aws secretsmanager put-secret-value"}},
	{"put the previous keys back", "Rotate keys", []string{"secret=", "version()", "aws secretsmanager update-secret-version-stage"}},
	{"roll back", "Roll back", []string{"name=", "aws lambda get-alias", "aws lambda list-versions-by-function", "aws lambda update-alias"}},
	{"delete the tables", "Deploy it", []string{"for id in MembershipsTable HistoryTable", "aws cloudformation update-termination-protection"}},
	{"restore a table", "Restore the table", []string{"table=", "aws dynamodb list-backups", "aws dynamodb restore-table-from-backup",
		"aws dynamodb wait table-exists", "aws dynamodb update-continuous-backups", "aws dynamodb tag-resource",
		`aws dynamodb update-table --table-name "$table" --stream-specification`}},
	{"empty the bucket", "Remove it", []string{"aws s3 rm --recursive"}},
	{"remove the rule", "Remove it", []string{"aws events remove-targets", "aws events delete-rule"}},
}

// notRun are the commands that no step runs, each by its section and its first
// words, in the order of the README.
var notRun = []struct{ section, begins, reason string }{
	{"Deploy it", "make build", "make test-deploy runs it first"},
	{"Deploy it", "make cli", "make test-deploy runs it first"},
	{"Deploy it", "make deploy", viaDeploy},
	{"Deploy it", "make deploy", viaDeploy},
	{"Try a deployment without AWS", "make test-deploy", "it is this"},
	{"Restore the table", "aws backup list-recovery-points-by-backup-vault", vaultOfProd},
	{"Restore the table", "aws backup start-restore-job", vaultOfProd},
	{"Restore the table", "aws backup put-backup-vault-lock-configuration", vaultOfProd},
	{"Restore the table", "aws dynamodb update-table --table-name \"$table\" --deletion-protection-enabled", "not in dev, as it says"},
	{"Roll back", "git switch", "it changes the work tree"},
	{"Roll back", "application=", codeDeploy},
	{"Roll back", "for release in", codeDeploy},
	{"Roll back", "make deploy", viaDeploy},
	{"Roll back", "for release in", codeDeploy},
	{"Roll back", "aws cloudformation continue-update-rollback", noFailure},
	{"Roll back", "aws cloudformation wait stack-rollback-complete", noFailure},
	{"Remove it", "(cd infra && npx cdk destroy", "it synthesizes anew, and asks; the step destroy runs cdk destroy --force instead"},
}

const (
	viaDeploy   = "it builds for arm64 and calls the API at AWS's address; the steps deploy and release have the CDK do it"
	vaultOfProd = "only prod has a vault"
	noFailure   = "no rollback fails on ministack"
	codeDeploy  = "ministack has no CodeDeploy"
)
