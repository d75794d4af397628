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

// maxRest is more bytes than a record has beside its images.
const maxRest = 4 << 10

// cut makes batches of which each fits into an invocation (AWS Lambda developer
// guide, "Lambda event source mappings", "Batching behavior": 6 MB end a batch).
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

// Backoff is the wait after failed attempt number attempt, from 0: 1 s, doubled,
// 30 s at most. These figures are our choice: AWS documents none.
func Backoff(attempt int) time.Duration {
	return time.Duration(math.Min(math.Pow(2, float64(attempt)), 30)) * time.Second
}

// deliver invokes the function until it has processed the whole batch. The
// records before the first that failed are done; the rest comes again, in two
// halves where the mapping bisects. Its error says that ctx has ended, or that
// the checkpoint can't be kept.
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

// invoke gives how many records, from the first on, the function has processed,
// and why not all of them.
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

// processed reads a partial batch response. An identifier that the batch does not
// have means that nothing was processed (AWS Lambda developer guide,
// "Configuring partial batch response with DynamoDB and Lambda").
func processed(batch []record, payload []byte) (int, error) {
	var response *struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(payload, &response); err != nil {
		return 0, fmt.Errorf("the function's response is no batch response: %w", err)
	}
	if response == nil || len(response.BatchItemFailures) == 0 {
		return len(batch), nil
	}
	first := len(batch)
	for _, failure := range response.BatchItemFailures {
		i := slices.IndexFunc(batch, func(r record) bool { return r.Change.SequenceNumber == failure.ItemIdentifier })
		first = min(first, max(i, 0))
	}
	return first, errors.New("the function reports that it failed")
}
