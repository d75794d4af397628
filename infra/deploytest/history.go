package main

import (
	"context"
	"fmt"
	"net/http"
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
	if err := d.client.expect(ctx, http.StatusCreated, openapi.Named("registerUserOrganization"), grant); err != nil {
		return "", err
	}
	var found string
	err := eventually(ctx, patience, func() error {
		entry, err := d.firstEntry(ctx, user, organization)
		if err != nil {
			return err
		}
		entries, err := d.count(ctx, d.historyTable)
		if err != nil {
			return err
		}
		events, err := d.published(ctx)
		if err != nil {
			return err
		}
		found = fmt.Sprintf("%d entries, %d events", entries, events)
		if entry != registered || entries != events {
			return fmt.Errorf("%s; the entry of a registration is %q", found, entry)
		}
		return nil
	})
	return found + "; a registration is one of type registered", err
}

// firstEntry is the type of the first entry in the history of a pair, if it has one.
func (d *deployment) firstEntry(ctx context.Context, user, organization int) (string, error) {
	var got struct {
		Item struct{ Type struct{ S string } }
	}
	err := d.dynamodb(ctx, "GetItem", map[string]any{
		"TableName": d.historyTable,
		"Key":       map[string]any{"pair": map[string]string{"S": fmt.Sprintf("%d/%d", user, organization)}, "sequence": number(1)},
	}, &got)
	return got.Item.Type.S, err
}

func (d *deployment) count(ctx context.Context, table string) (int, error) {
	var got struct{ Count int }
	err := d.dynamodb(ctx, "Scan", map[string]string{"TableName": table, "Select": "COUNT"}, &got)
	return got.Count, err
}

func (d *deployment) published(ctx context.Context) (int, error) {
	var got struct{ EventCount int }
	err := d.aws.action(ctx, "events", "AWSEvents.DescribeArchive", map[string]string{"ArchiveName": d.archive}, &got)
	return got.EventCount, err
}
