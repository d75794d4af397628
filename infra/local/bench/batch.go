package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const (
	// batch is the event of a program that records changes.
	batch = "batch"
	// batchSize is the number of changes in a batch, as in template.yaml.
	batchSize = 100
	// firstBatches is the number of batches before the measured ones.
	firstBatches = 3
)

// began is when the memberships of batches were registered.
var began = time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)

// nextBatch gives a batch with the next change of each membership of the process.
func (s *subject) nextBatch() []byte {
	if s.owner == 0 {
		s.events.next++
		s.owner = 3_000_000_000 + s.events.next
	}
	s.batches++
	records := make([]string, batchSize)
	for i := range records {
		records[i] = changeRecord(s.owner, int64(i), s.batches)
	}
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

// changeRecord is the record of the n-th change of a membership, as Lambda hands
// it over (AWS Lambda developer guide, "Process DynamoDB records with Lambda").
func changeRecord(user, organization, n int64) string {
	keys := fmt.Sprintf(`"userId":{"N":"%d"},"organizationId":{"N":"%d"}`, user, organization)
	return fmt.Sprintf(`{"eventID":"%016x%08x%08x","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",`+
		`"awsRegion":"eu-west-3","dynamodb":{"ApproximateCreationDateTime":%d,"Keys":{%s},"NewImage":{%s,%s},"OldImage":{%s,%s},`+
		`"SequenceNumber":"%021d","SizeBytes":1200,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":`+
		`"arn:aws:dynamodb:eu-west-3:000000000000:table/memberships/stream/2024-12-09T14:22:00.000"}`,
		user, organization, n, began.Add(time.Duration(n)*time.Minute).Unix(), keys, keys, changed(n), keys, changed(n-1), n*batchSize+organization)
}

// changed gives the attributes after the n-th change. 0 is a change too, not the
// registration.
func changed(n int64) string {
	return fmt.Sprintf(`"scope":{"N":"%d"},"permissions":{"M":{"group":{"N":"0"},"read":{"L":[{"N":"1"},{"N":"2"}]},"manage":{"L":[{"N":"1"},{"N":"2"}]}}},`+
		`"createdAt":{"S":"2024-12-09T14:23:00.000Z"},"updatedAt":{"S":%q},"registeredBy":{"S":"1234567890"},`+
		`"requestId":{"S":"0d7f2b1c-6a57-4c1b-9a43-%012d"},"mark":{"S":"0123456789abcdef0123456789abcdef"},`+
		`"revision":{"S":"%032x"},"previous":{"S":"%032x"},"operation":{"S":"changed"},"changedBy":{"S":"1234567890"},"changeHash":{"S":"%064x"}`,
		1+n%2, began.Add(time.Duration(n)*time.Minute).Format("2006-01-02T15:04:05.000Z"), n, n+1, n, n)
}

// batches measures the recorders, in turn.
func (b *bench) batches(ctx context.Context) error {
	for round := range b.operationRounds {
		b.progress("batches of changes: round %d of %d", round+1, b.operationRounds)
		if err := b.batchRound(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) batchRound(ctx context.Context) error {
	var runs []*recorder
	for _, p := range both(record) {
		s, err := b.start(ctx, p, shipped)
		if err != nil {
			return err
		}
		defer s.stop()
		runs = append(runs, &recorder{subject: s})
	}
	for n := range firstBatches + b.amount.batches {
		// In any order, as in shuffled.
		rand.Shuffle(len(runs), func(i, j int) { runs[i], runs[j] = runs[j], runs[i] }) //nolint:gosec // Guards nothing.
		for _, r := range runs {
			if err := r.turn(ctx, n-firstBatches); err != nil {
				return err
			}
		}
	}
	for _, r := range runs {
		if err := r.report(b.samples); err != nil {
			return err
		}
	}
	return nil
}

// recorder is a process that records changes in one round.
type recorder struct {
	*subject
	took   []time.Duration
	before time.Duration // processor time at the first measured batch
}

// turn hands over batch n. Batches below 0 are not measured.
func (r *recorder) turn(ctx context.Context, n int) error {
	if n == 0 {
		var err error
		if r.before, err = settle(r.pid); err != nil {
			return err
		}
	}
	took, err := r.call(ctx)
	if n >= 0 {
		r.took = append(r.took, took)
	}
	return err
}

func (r *recorder) report(s *samples) error {
	after, err := settle(r.pid)
	if err != nil {
		return err
	}
	s.add(batchCPU, r.program, milliseconds(after-r.before)/float64(len(r.took)))
	s.add(batchP50, r.program, milliseconds(percentile(slices.Sorted(slices.Values(r.took)), 50)))
	return nil
}
