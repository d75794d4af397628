package main

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"time"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/dynamo"
	"users-organizations/pkg/history"
	"users-organizations/pkg/telemetry"
)

// handler records the batches of the stream. Lambda sends batches with changes of the
// same item one after the other.
type handler struct {
	recorder history.Recorder
	events   publisher
	now      func() time.Time
	log      *telemetry.RequestLog
}

// publisher publishes what was recorded.
type publisher interface {
	// publish publishes an event for each entry, in order. It returns how many were
	// published before the first that was not, and the error of that one. Later ones
	// may have been published as well.
	publish(ctx context.Context, entries []history.Entry) (int, error)
}

// Recording leaves publishTime of the function's time to publish what was recorded,
// and publishing leaves responseTime to respond to Lambda.
const (
	publishTime  = 10 * time.Second
	responseTime = time.Second
)

// Invoke implements lambda.Handler. Its response names the first record that was
// not recorded and published: Lambda sends that record and all later ones again.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	start := h.now()
	var batch struct{ Records []jsontext.Value }
	// ReadChange reads the records, and keeps those that it can't read.
	if err := json.Unmarshal(payload, &batch, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, fmt.Errorf("read a batch of the stream: %w", err)
	}
	t := tally{records: len(batch.Records)}
	entries, numbers, errRecord := h.record(ctx, batch.Records, &t)
	done, errPublish := h.publish(ctx, entries)
	t.unpublished = len(entries) - done
	t.cause = errors.Join(errRecord, errPublish)
	h.write(ctx, t, h.now().Sub(start))
	if t.cause == nil {
		return json.Marshal(response{[]failure{}})
	}
	if numbers[done] == "" {
		return nil, t.cause // no record can be named, so Lambda sends all again
	}
	return json.Marshal(response{[]failure{{numbers[done]}}})
}

// response names the record from which Lambda sends the batch again (AWS Lambda
// developer guide, "Configuring partial batch response with DynamoDB and Lambda").
type response struct {
	BatchItemFailures []failure `json:"batchItemFailures"`
}

type failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// record appends the changes in order, up to the first that can't be appended. It
// returns the sequence numbers of all of them, that one included.
func (h *handler) record(ctx context.Context, records []jsontext.Value, t *tally) (entries []history.Entry, numbers []string, err error) {
	ctx, cancel := awsclient.Leaving(ctx, publishTime)
	defer cancel()
	for _, record := range records {
		change, number := dynamo.ReadChange(record)
		numbers = append(numbers, number)
		entry, appended, err := h.recorder.Record(ctx, change)
		if err != nil {
			return entries, numbers, err
		}
		entries = append(entries, entry)
		t.add(entry, appended)
		if appended && !change.At.IsZero() {
			t.lag = max(t.lag, h.now().Sub(change.At))
		}
		h.warn(ctx, entry)
	}
	return entries, numbers, nil
}

func (h *handler) publish(ctx context.Context, entries []history.Entry) (int, error) {
	ctx, cancel := awsclient.Leaving(ctx, responseTime)
	defer cancel()
	return h.events.publish(ctx, entries)
}
