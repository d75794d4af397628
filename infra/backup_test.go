package main

import (
	"fmt"
	"testing"
)

func TestBackupsAreLocked(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			settings, service := stacks.settings, stacks.service
			if settings.BackupDays == 0 {
				for _, kind := range []string{"AWS::Backup::BackupVault", "AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection"} {
					if len(service.ofType(kind)) > 0 {
						t.Errorf("there is a %s without BackupDays", kind)
					}
				}
				return
			}
			vault := service.one(t, "AWS::Backup::BackupVault")
			checkRemoval(t, "the vault", vault, settings)
			wantJSON(t, "LockConfiguration", vault.Properties["LockConfiguration"], fmt.Sprintf(`{"MinRetentionDays":%d}`, settings.BackupDays))
			key := "null"
			if settings.CustomerManagedKey {
				key = `{"Fn::GetAtt":["Key","Arn"]}`
			}
			wantJSON(t, "EncryptionKeyArn", withoutHashes(vault.Properties["EncryptionKeyArn"]), key)
			rules := object(service.one(t, "AWS::Backup::BackupPlan").Properties["BackupPlan"])["BackupPlanRule"]
			wantJSON(t, "rules", withoutHashes(rules), fmt.Sprintf(`[{"RuleName":"weekly","ScheduleExpression":"cron(0 3 ? * SUN *)",
				"Lifecycle":{"DeleteAfterDays":%d},"TargetBackupVault":{"Fn::GetAtt":["Backups","BackupVaultName"]}}]`, settings.BackupDays))
			selected := object(service.one(t, "AWS::Backup::BackupSelection").Properties["BackupSelection"])["Resources"]
			if got, want := len(list(selected)), len(service.ofType("AWS::DynamoDB::Table")); got != want {
				t.Errorf("%d of %d tables are copied", got, want)
			}
		})
	}
}
