package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"users-organizations/infra/local/lambda"
)

// maxRest is more bytes than a record has besides its images.
const maxRest = 4 << 10

// cut divides records into batches that each fit into an invocation, 6 MB (AWS
// Lambda developer guide, "Lambda event source mappings", "Batching behavior").
func cut(records []record) [][]record {
	var batches [][]record
	size := lambda.MaxEvent
	for _, r := range records {
		n := len(r.Change.OldImage) + len(r.Change.NewImage) + maxRest
		if size += n; size > lambda.MaxEvent {
			batches, size = append(batches, nil), n
		}
		last := len(batches) - 1
		batches[last] = append(batches[last], r)
	}
	return batches
}

// Backoff is the wait after failed attempt number attempt, from 0: 1 s, then
// doubled, 30 s at most. AWS documents no figures.
func Backoff(attempt int) time.Duration {
	return time.Duration(math.Min(math.Pow(2, float64(attempt)), 30)) * time.Second
}

// deliver invokes the function until it has processed the whole batch. The records
// before the first failed one are done; the rest comes again, in two halves where
// the mapping bisects. The error means that ctx has ended or that the checkpoint
// can't be written.
func (m *Mapping) deliver(ctx context.Context, s *shard, batch []record) error {
	failures := 0
	for len(batch) > 0 {
		done, failure := m.invoke(ctx, batch)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if done > 0 {
			if err := m.keep(s, batch[done-1]); err != nil {
				return err
			}
			batch, failures = batch[done:], 0
		}
		if failure == nil {
			continue
		}
		m.config.Log.Printf("%s: %d records come again, from sequence number %s on: %v",
			m.config.Function, len(batch), batch[0].Change.SequenceNumber, failure)
		if done == 0 && m.config.Bisect && len(batch) > 1 {
			half := len(batch) / 2
			if err := m.deliver(ctx, s, batch[:half]); err != nil {
				return err
			}
			batch, failures = batch[half:], 0
			continue
		}
		wait(ctx, m.config.Backoff(failures))
		failures++
	}
	return nil
}

// invoke gives how many records the function has processed, counted from the
// first, and an error unless these are all.
func (m *Mapping) invoke(ctx context.Context, batch []record) (int, error) {
	event, err := json.Marshal(struct{ Records []record }{batch})
	if err != nil {
		return 0, fmt.Errorf("encoding an event: %w", err)
	}
	payload, err := m.config.Target.Invoke(ctx, "", event)
	if err != nil {
		return 0, err
	}
	if !m.config.ReportFailures {
		return len(batch), nil
	}
	return processed(batch, payload)
}

// processed reads a partial batch response. An unknown identifier means that
// nothing was processed (AWS Lambda developer guide, "Configuring partial batch
// response with DynamoDB and Lambda").
func processed(batch []record, payload []byte) (int, error) {
	var response *struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(payload, &response); err != nil {
		return 0, fmt.Errorf("reading the function's batch response: %w", err)
	}
	if response == nil || len(response.BatchItemFailures) == 0 {
		return len(batch), nil
	}
	first := len(batch)
	for _, failure := range response.BatchItemFailures {
		i := slices.IndexFunc(batch, func(r record) bool { return r.Change.SequenceNumber == failure.ItemIdentifier })
		first = min(first, max(i, 0))
	}
	return first, errors.New("the function reports this record as failed")
}
