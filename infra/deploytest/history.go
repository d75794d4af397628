package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"users-organizations/pkg/openapi"
)

// patience is how long what comes by way of the stream or the bus may take.
const patience = time.Minute

// registered is the type of the entry of a registration.
const registered = "registered"

// waitForHistory registers a pair, and waits until its history tells it and every
// entry of all histories was published.
func (d *deployment) waitForHistory(ctx context.Context) (string, error) {
	var err error
	if d.historyTable, err = d.outputs.take("HistoryTableName"); err != nil {
		return "", err
	}
	if err := generated(d.historyTable, "HistoryTable"); err != nil {
		return "", err
	}
	archive, err := d.archive(ctx)
	if err != nil {
		return "", err
	}
	if err := d.client.expect(ctx, 201, openapi.Named("registerUserOrganization"), grant); err != nil {
		return "", err
	}
	var found string
	err = eventually(ctx, patience, func() error {
		entry, err := d.firstEntry(ctx, user, organization)
		if err != nil {
			return err
		}
		entries, err := d.count(ctx, d.historyTable)
		if err != nil {
			return err
		}
		events, err := d.published(ctx, archive)
		if err != nil {
			return err
		}
		found = fmt.Sprintf("%d entries, %d events", entries, events)
		if entry != registered || entries != events {
			return fmt.Errorf("%s; the entry of a registration is %q", found, entry)
		}
		return nil
	})
	return found + "; a registration is one of type registered", errors.Join(err, d.outputs.allTried())
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
	d.bus = bus
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

// firstEntry is the type of the first entry in the history of a pair, if it has one.
func (d *deployment) firstEntry(ctx context.Context, user, organization int) (string, error) {
	var got struct {
		Item struct{ Type struct{ S string } }
	}
	err := d.aws.action(ctx, "dynamodb", "DynamoDB_20120810.GetItem", map[string]any{
		"TableName": d.historyTable,
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
