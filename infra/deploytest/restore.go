package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"users-organizations/pkg/openapi"
)

// restoreItem puts a membership back that was erased.
func (d *deployment) restoreItem(ctx context.Context) (string, error) {
	d.operator.values["a time before the fault, such as 2026-01-31T12:00:00Z"] = time.Now().UTC().Format(time.RFC3339)
	if _, err := d.operator.run(ctx, "restore into a second table"); err != nil {
		return "", err
	}
	if err := d.dynamodb(ctx, "DeleteItem", map[string]any{"TableName": d.table, "Key": pairKey(user)}, nil); err != nil {
		return "", err
	}
	get := openapi.Named("getUserOrganization")
	if err := d.client.expect(ctx, http.StatusNotFound, get, ""); err != nil {
		return "", err
	}
	if _, err := d.operator.run(ctx, "put an item back"); err != nil {
		return "", err
	}
	return "a membership that was erased is served again", d.client.expect(ctx, http.StatusOK, get, "")
}

// restoreTable deletes both tables, as after a first deployment that failed, and
// restores the memberships. It makes the backups itself, since ministack makes
// none when a table is deleted.
func (d *deployment) restoreTable(ctx context.Context) (string, error) {
	backups := map[string]string{d.table: "", d.historyTable: ""}
	for table := range backups {
		var made struct{ BackupDetails struct{ BackupArn string } }
		if err := d.dynamodb(ctx, "CreateBackup", map[string]string{"TableName": table, "BackupName": "before"}, &made); err != nil {
			return "", err
		}
		backups[table] = made.BackupDetails.BackupArn
	}
	if _, err := d.operator.run(ctx, "delete the tables"); err != nil {
		return "", err
	}
	var left struct{ TableNames []string }
	if err := d.dynamodb(ctx, "ListTables", struct{}{}, &left); err != nil {
		return "", err
	}
	if slices.Contains(left.TableNames, d.table) || slices.Contains(left.TableNames, d.historyTable) {
		return "", fmt.Errorf("there still are %s", left.TableNames)
	}
	d.operator.values["its arn"] = backups[d.table]
	if _, err := d.operator.run(ctx, "restore a table"); err != nil {
		return "", err
	}
	if err := d.isComplete(ctx); err != nil {
		return "", err
	}
	if err := d.dynamodb(ctx, "RestoreTableFromBackup",
		map[string]string{"TargetTableName": d.historyTable, "BackupArn": backups[d.historyTable]}, nil); err != nil {
		return "", err
	}
	return "a table that was deleted is served again, with its stream, recovery and tags", d.client.expect(ctx, http.StatusOK, openapi.Named("getUserOrganization"), "")
}

// isComplete checks what a restore does not bring back by itself.
func (d *deployment) isComplete(ctx context.Context) error {
	var got struct {
		Table struct {
			TableArn            string
			StreamSpecification struct{ StreamViewType string }
		}
		ContinuousBackupsDescription struct {
			PointInTimeRecoveryDescription struct{ PointInTimeRecoveryStatus string }
		}
		Tags []struct{ Key, Value string }
	}
	name := map[string]string{"TableName": d.table}
	if err := d.dynamodb(ctx, "DescribeTable", name, &got); err != nil {
		return err
	}
	if err := d.dynamodb(ctx, "DescribeContinuousBackups", name, &got); err != nil {
		return err
	}
	if err := d.dynamodb(ctx, "ListTagsOfResource", map[string]string{"ResourceArn": got.Table.TableArn}, &got); err != nil {
		return err
	}
	if got.Table.StreamSpecification.StreamViewType != "NEW_AND_OLD_IMAGES" ||
		got.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus != "ENABLED" ||
		!slices.Contains(got.Tags, struct{ Key, Value string }{"environment", "dev"}) {
		return fmt.Errorf("the restored table has %+v", got)
	}
	return nil
}
