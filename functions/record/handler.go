package main

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"time"

	"users-organizations/pkg/dynamo"
	"users-organizations/pkg/history"
	"users-organizations/pkg/telemetry"
)

// handler records the batches of the stream. Lambda hands them over one after
// the other where they have changes of the same item.
type handler struct {
	recorder history.Recorder
	events   publisher
	now      func() time.Time
	log      *telemetry.RequestLog
}

// publisher tells others what was recorded.
type publisher interface {
	// publish publishes an event for each entry, in their order. It gives how
	// many were published from the first on, and why not all of them: later ones
	// may be published, too.
	publish(ctx context.Context, entries []history.Entry) (int, error)
}

// publishTime is what recording leaves of the function's time, so that what was
// recorded is published.
const publishTime = 10 * time.Second

// Invoke implements lambda.Handler. It names the first record that is not done:
// Lambda hands over that one and all that follow it again.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	start := h.now()
	var batch struct{ Records []jsontext.Value }
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, fmt.Errorf("read a batch of the stream: %w", err)
	}
	t := tally{records: len(batch.Records)}
	entries, failed, errRecord := h.record(ctx, batch.Records, &t)
	done, errPublish := h.events.publish(ctx, entries)
	if done < len(entries) {
		failed = sequenceNumber(batch.Records[done])
	}
	t.unpublished = len(entries) - done
	t.cause = errors.Join(errRecord, errPublish)
	h.write(ctx, t, h.now().Sub(start))
	if t.cause != nil && failed == "" {
		return nil, t.cause // No record can be named, so that all come again.
	}
	return json.Marshal(newResponse(failed))
}

// response names the record from which on the batch comes again (AWS Lambda
// developer guide, "Configuring partial batch response with DynamoDB and Lambda").
type response struct {
	BatchItemFailures []failure `json:"batchItemFailures"`
}

type failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// newResponse takes an empty number for a batch that is done.
func newResponse(sequenceNumber string) response {
	if sequenceNumber == "" {
		return response{[]failure{}}
	}
	return response{[]failure{{sequenceNumber}}}
}

// record appends one change after the other, up to the first that can't be
// appended, and gives the sequence number of that.
func (h *handler) record(ctx context.Context, records []jsontext.Value, t *tally) (entries []history.Entry, failed string, err error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-publishTime))
		defer cancel()
	}
	for _, record := range records {
		change, number := dynamo.ReadChange(record)
		entry, appended, err := h.recorder.Record(ctx, change)
		if err != nil {
			return entries, number, err
		}
		entries = append(entries, entry)
		t.add(entry, appended, h.now().Sub(change.At))
		h.warn(ctx, entry)
	}
	return entries, "", nil
}

func sequenceNumber(record jsontext.Value) string {
	_, number := dynamo.ReadChange(record)
	return number
}
