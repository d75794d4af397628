package faults_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/local/lambda"
)

// delivery hands the batches of a mapping to the recorder, in different modes.
type delivery struct {
	function *lambda.Function

	mu sync.Mutex
	// mode gives the mode of the next batch.
	mode func() deliveryMode
	// past are the batches so far, underway the calls whose batch the function has.
	past     [][]json.RawMessage
	underway map[int]context.CancelFunc
	calls    int
	// done is the sequence number of the last record of a finished batch.
	done    string
	changed *sync.Cond
	// delivered counts the records, kills the processes that were killed while they
	// had a batch, and modes the batches.
	delivered, kills int
	modes            map[deliveryMode]int
}

func newDelivery(function *lambda.Function) *delivery {
	d := &delivery{function: function, underway: map[int]context.CancelFunc{}, modes: map[deliveryMode]int{}}
	d.changed = sync.NewCond(&d.mu)
	d.mode = func() deliveryMode { return once }
	return d
}

// deliveryMode is a way to hand over a batch. Lambda does all of these but lost.
type deliveryMode string

const (
	once    deliveryMode = "once"
	twice   deliveryMode = "twice"
	atOnce  deliveryMode = "twice at once"
	split   deliveryMode = "split before"
	earlier deliveryMode = "an earlier one before"
	lost    deliveryMode = "lost"
)

// Invoke implements stream.Function. The mapping gets the response to the whole
// batch, which comes last.
func (d *delivery) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	var batch struct{ Records []json.RawMessage }
	if err := json.Unmarshal(event, &batch); err != nil {
		return nil, err
	}
	all := batch.Records
	switch d.choose(all) {
	case once:
	case twice:
		_, _ = d.invoke(ctx, all)
	case atOnce:
		var other sync.WaitGroup
		defer other.Wait()
		other.Go(func() { _, _ = d.invoke(ctx, all) })
	case split:
		half := len(all) / 2
		// As in Lambda, the second half waits for the first.
		if response, err := d.invoke(ctx, all[:half]); err == nil && done(response) {
			_, _ = d.invoke(ctx, all[half:])
		}
	case earlier:
		d.mu.Lock()
		past := d.past[rand.IntN(len(d.past))]
		d.mu.Unlock()
		_, _ = d.invoke(ctx, past)
	case lost:
		d.finish(all)
		return []byte("{}"), nil
	}
	response, err := d.invoke(ctx, all)
	if err != nil {
		return nil, err
	}
	if done(response) {
		d.finish(all)
	}
	return response, nil
}

// done says whether a response reports no failed record.
func done(response []byte) bool {
	var failures events.DynamoDBEventResponse
	return json.Unmarshal(response, &failures) == nil && len(failures.BatchItemFailures) == 0
}

func (d *delivery) choose(batch []json.RawMessage) deliveryMode {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.past = append(d.past, batch)
	mode := d.mode()
	d.modes[mode]++
	return mode
}

func (d *delivery) invoke(ctx context.Context, batch []json.RawMessage) ([]byte, error) {
	event, err := json.Marshal(map[string]any{"Records": batch})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.mu.Lock()
	d.calls++
	call := d.calls
	d.underway[call] = cancel
	d.delivered += len(batch)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.underway, call)
	}()
	return d.function.Invoke(ctx, "", event)
}

// kill kills the processes that have a batch.
func (d *delivery) kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for call, cancel := range d.underway {
		cancel()
		delete(d.underway, call)
		d.kills++
	}
}

// killed gives how often a process was killed.
func (d *delivery) killed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kills
}

func (d *delivery) finish(batch []json.RawMessage) {
	var r events.DynamoDBEventRecord
	_ = json.Unmarshal(batch[len(batch)-1], &r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = r.Change.SequenceNumber
	d.changed.Broadcast()
}

// wait returns when the record of that sequence number is done. It fails shortly
// before the tests' time limit.
func (d *delivery) wait(t *testing.T, number string) {
	t.Helper()
	ctx := t.Context()
	if limit, has := t.Deadline(); has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, limit.Add(-10*time.Second))
		defer cancel()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	defer context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.changed.Broadcast()
	})()
	for d.done != number {
		if ctx.Err() != nil {
			t.Fatalf("last done %q, waiting for %q", d.done, number)
		}
		d.changed.Wait()
	}
}

// set sets the modes of the next batches.
func (d *delivery) set(mode func() deliveryMode) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mode = mode
}
