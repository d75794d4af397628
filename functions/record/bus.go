package main

import (
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/history"
)

// busLimits bound one call. Publishing ends at its deadline, and Lambda sends the
// records of the remaining events again.
var busLimits = awsclient.Limits{Attempts: 3, Attempt: time.Second, Pause: 150 * time.Millisecond}

// bus publishes on an event bus of EventBridge.
type bus struct {
	client *eventbridge.Client
	name   string
}

func newBus(getenv func(string) string) (*bus, error) {
	name := getenv("EVENT_BUS_NAME")
	if name == "" {
		return nil, errors.New("EVENT_BUS_NAME is not set: name the event bus that takes the events")
	}
	cfg, err := awsclient.Config(getenv, "AWS_ENDPOINT_URL_EVENTBRIDGE", busLimits)
	if err != nil {
		return nil, err
	}
	return &bus{client: eventbridge.NewFromConfig(cfg), name: name}, nil
}

// The limits of one call (PutEvents in the Amazon EventBridge API reference).
const (
	maxEvents = 10
	maxBytes  = 256 << 10
)

// publish implements publisher. It ends with the first call that fails, or in which
// the bus refuses an event.
func (b *bus) publish(ctx context.Context, entries []history.Entry) (int, error) {
	done := 0
	var call []types.PutEventsRequestEntry
	size := 0
	send := func() error {
		n, err := b.put(ctx, call)
		done += n
		call, size = nil, 0
		return err
	}
	for _, e := range entries {
		event, err := b.request(e)
		if err != nil {
			return done, err
		}
		if len(call) == maxEvents || size+sizeOf(event) > maxBytes {
			if err := send(); err != nil {
				return done, err
			}
		}
		call, size = append(call, event), size+sizeOf(event)
	}
	if len(call) == 0 {
		return done, nil
	}
	err := send()
	return done, err
}

func (b *bus) request(e history.Entry) (types.PutEventsRequestEntry, error) {
	event := history.Event{Entry: e}
	detail, err := json.Marshal(event)
	if err != nil {
		return types.PutEventsRequestEntry{}, fmt.Errorf("write an event: %w", err)
	}
	return types.PutEventsRequestEntry{
		EventBusName: aws.String(b.name),
		Source:       aws.String(history.Source),
		DetailType:   aws.String(event.Type()),
		Detail:       aws.String(string(detail)),
	}, nil
}

// sizeOf is the size of an event, in bytes (Amazon EventBridge user guide,
// "Calculating PutEvents event entry size").
func sizeOf(e types.PutEventsRequestEntry) int {
	return len(*e.Source) + len(*e.DetailType) + len(*e.Detail)
}

// put makes one call, and returns how many events were accepted before the first
// refused one.
func (b *bus) put(ctx context.Context, events []types.PutEventsRequestEntry) (int, error) {
	out, err := b.client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: events})
	if err != nil {
		return 0, fmt.Errorf("publish %d events: %w", len(events), err)
	}
	for i := range events {
		if i >= len(out.Entries) || out.Entries[i].EventId == nil {
			return i, fmt.Errorf("publish an event: the bus refuses it: %s", refusal(out.Entries, i))
		}
	}
	return len(events), nil
}

func refusal(results []types.PutEventsResultEntry, i int) string {
	if i >= len(results) {
		return "the response has no result for it"
	}
	return aws.ToString(results[i].ErrorCode)
}
