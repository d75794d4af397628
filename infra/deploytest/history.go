package main

import (
	"context"
	"fmt"
	"path"
	"time"

	"users-organizations/pkg/openapi"
)

// waitForHistory registers a pair, and waits until its history tells it and every
// entry of all histories was published.
func (d *deployment) waitForHistory(ctx context.Context) (string, error) {
	table, err := d.outputs.take("HistoryTableName")
	if err != nil {
		return "", err
	}
	if err := generated(table, "HistoryTable"); err != nil {
		return "", err
	}
	archive, err := d.archive(ctx)
	if err != nil {
		return "", err
	}
	if err := d.client.expect(ctx, 201, openapi.Named("registerUserOrganization"), grant); err != nil {
		return "", err
	}
	const patience = time.Minute
	for deadline := time.Now().Add(patience); ; {
		entry, err := d.firstEntry(ctx, table)
		if err != nil {
			return "", err
		}
		entries, err := d.count(ctx, table)
		if err != nil {
			return "", err
		}
		events, err := d.published(ctx, archive)
		if err != nil {
			return "", err
		}
		found := fmt.Sprintf("%d entries, %d events", entries, events)
		if entry == "registered" && entries == events {
			return found + "; a registration is one of type registered", d.outputs.allTried()
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("after %s: %s; the entry of a registration is %q", patience, found, entry)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// archive is the name of the archive, which keeps what is published on the bus.
func (d *deployment) archive(ctx context.Context) (string, error) {
	var values [3]string
	for i, output := range []string{"EventBusName", "EventBusArn", "EventArchiveArn"} {
		var err error
		if values[i], err = d.outputs.take(output); err != nil {
			return "", err
		}
	}
	bus, busARN, archiveARN := values[0], values[1], values[2]
	var got struct{ Arn, EventSourceArn, ArchiveArn string }
	if err := d.aws.action(ctx, "events", "AWSEvents.DescribeEventBus", map[string]string{"Name": bus}, &got); err != nil {
		return "", err
	}
	archive := path.Base(archiveARN)
	if err := d.aws.action(ctx, "events", "AWSEvents.DescribeArchive", map[string]string{"ArchiveName": archive}, &got); err != nil {
		return "", err
	}
	if got.Arn != busARN || got.EventSourceArn != busARN || got.ArchiveArn != archiveARN {
		return "", fmt.Errorf("the outputs are the bus %s and the archive %s, and there are %+v", busARN, archiveARN, got)
	}
	return archive, nil
}

// firstEntry is the type of the first entry in the history of the pair that
// client.expect is about, if it has one.
func (d *deployment) firstEntry(ctx context.Context, table string) (string, error) {
	var got struct {
		Item struct{ Type struct{ S string } }
	}
	err := d.aws.action(ctx, "dynamodb", "DynamoDB_20120810.GetItem", map[string]any{
		"TableName": table,
		"Key":       map[string]any{"pair": map[string]string{"S": fmt.Sprintf("%d/%d", user, organization)}, "sequence": map[string]string{"N": "1"}},
	}, &got)
	return got.Item.Type.S, err
}

func (d *deployment) count(ctx context.Context, table string) (int, error) {
	var got struct{ Count int }
	err := d.aws.action(ctx, "dynamodb", "DynamoDB_20120810.Scan", map[string]string{"TableName": table, "Select": "COUNT"}, &got)
	return got.Count, err
}

func (d *deployment) published(ctx context.Context, archive string) (int, error) {
	var got struct{ EventCount int }
	err := d.aws.action(ctx, "events", "AWSEvents.DescribeArchive", map[string]string{"ArchiveName": archive}, &got)
	return got.EventCount, err
}
