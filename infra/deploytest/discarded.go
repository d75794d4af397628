package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// appendDiscarded puts a document into the bucket of discarded changes, as Lambda
// does (Lambda developer guide, "Retain discarded records for a DynamoDB event
// source"), and has its change appended.
func (d *deployment) appendDiscarded(ctx context.Context) (string, error) {
	const (
		key  = "aws/lambda/mapping/shard/2026/01/31/2026-01-31T12.00.00-x"
		late = user + 1
	)
	batch, err := d.batch(ctx, late)
	if err != nil {
		return "", err
	}
	if err := d.discard(ctx, key, map[string]any{"version": "1.0", "payload": batch}); err != nil {
		return "", err
	}
	d.operator.values["key"] = key
	if _, err := d.operator.run(ctx, "discarded"); err != nil {
		return "", err
	}
	entry, err := d.firstEntry(ctx, late, organization)
	if err != nil {
		return "", err
	}
	if entry != registered {
		return "", fmt.Errorf("the entry of a discarded registration is %q", entry)
	}
	return "a registration has its entry", d.discardedIsEmpty(ctx)
}

// batch is one change of the stream: the registration of a membership that is
// like the one of client.expect, but of another user.
func (d *deployment) batch(ctx context.Context, other int) (string, error) {
	var got struct{ Item map[string]any }
	if err := d.dynamodb(ctx, "GetItem", map[string]any{"TableName": d.table, "Key": pairKey(user)}, &got); err != nil {
		return "", err
	}
	got.Item["userId"] = number(other)
	text, err := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"eventID": "discarded", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": d.aws.region,
		"dynamodb": map[string]any{
			"ApproximateCreationDateTime": time.Now().Unix(), "Keys": pairKey(other), "NewImage": got.Item,
			"SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
		},
	}}})
	return string(text), err
}

func (d *deployment) discard(ctx context.Context, key string, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	_, err = d.aws.send(ctx, "s3", http.MethodPut, "/"+d.discarded+"/"+key, nil, text)
	return err
}

func (d *deployment) discardedIsEmpty(ctx context.Context) error {
	list, err := d.aws.send(ctx, "s3", http.MethodGet, "/"+d.discarded+"?list-type=2", nil, nil)
	if err != nil {
		return err
	}
	keys, err := textsOf(list, "Key")
	if len(keys) > 0 {
		err = errors.Join(err, fmt.Errorf("left in %s is %s", d.discarded, keys))
	}
	return err
}
