package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// newBackups copies the tables into a locked vault every week. Somebody with
// rights on the account can switch point-in-time recovery off; the vault's lock
// refuses to delete a copy early, and to make one that ends earlier. The lock is
// in governance mode: a principal with the right to remove it can (AWS Backup
// developer guide, "AWS Backup Vault Lock").
func newBackups(stack awscdk.Stack, settings Settings, key awskms.Key, tables ...awsdynamodb.Table) figure {
	kept := awscdk.Duration_Days(jsii.Number(settings.BackupDays))
	vault := awsbackup.NewBackupVault(stack, jsii.String("Backups"), &awsbackup.BackupVaultProps{
		EncryptionKey:     key,
		LockConfiguration: &awsbackup.LockConfiguration{MinRetention: kept},
		RemovalPolicy:     settings.removal(),
	})
	plan := awsbackup.NewBackupPlan(stack, jsii.String("BackupPlan"), &awsbackup.BackupPlanProps{
		BackupVault: vault,
		BackupPlanRules: &[]awsbackup.BackupPlanRule{awsbackup.NewBackupPlanRule(&awsbackup.BackupPlanRuleProps{
			RuleName: jsii.String("weekly"),
			ScheduleExpression: awsevents.Schedule_Cron(&awsevents.CronOptions{
				WeekDay: jsii.String("SUN"), Hour: jsii.String("3"), Minute: jsii.String("0"),
			}),
			DeleteAfter: kept,
		})},
	})
	var resources []awsbackup.BackupResource
	for _, table := range tables {
		resources = append(resources, awsbackup.BackupResource_FromDynamoDbTable(table))
	}
	plan.AddSelection(jsii.String("Tables"), &awsbackup.BackupSelectionOptions{Resources: &resources})
	newOutput(stack, "BackupVault", "Where the copies of the tables are.", vault.BackupVaultName())
	return figure{
		id: "FailedBackups", threshold: 1, once: true,
		metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/Backup"),
			MetricName:    jsii.String("NumberOfBackupJobsFailed"),
			DimensionsMap: &map[string]*string{"BackupVaultName": vault.BackupVaultName()},
			Statistic:     jsii.String(sum),
			Period:        awscdk.Duration_Minutes(jsii.Number(5)),
		}),
		advice: "A table was not copied into the vault this week. The job in AWS Backup says why; start one by hand.",
	}
}
