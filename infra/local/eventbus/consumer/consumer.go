// Package consumer shows how to follow the memberships by their events: as the
// target of an EventBridge rule, each event may come twice, late or never. Copy
// it, and keep its state in your own database.
package consumer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
)

// Entry is an entry of a history, as far as this consumer needs it.
type Entry struct {
	Sequence int64
	// After is null where there is no membership any more.
	After json.RawMessage
}

// Consumer takes each entry once, in order. It does not take two events of one
// subject at once.
type Consumer struct {
	// Last is the sequence of the last entry that was applied, by subject. Write it
	// together with what Apply writes. Where it is lost, all of the history is
	// applied again.
	Last map[string]int64
	// History gives all entries of a subject above a sequence, the lowest first.
	History func(ctx context.Context, subject string, above int64) ([]Entry, error)
	Apply   func(ctx context.Context, subject string, e Entry) error
}

// Handle takes an event. After an error the event has to come again.
func (c *Consumer) Handle(ctx context.Context, e events.EventBridgeEvent) error {
	var event struct {
		Subject string
		Data    Entry
	}
	if err := json.Unmarshal(e.Detail, &event); err != nil {
		return fmt.Errorf("read the event %s: %w", e.ID, err)
	}
	last := c.Last[event.Subject]
	if event.Data.Sequence <= last {
		return nil // It came before, or a newer one did.
	}
	entries := []Entry{event.Data}
	if event.Data.Sequence > last+1 {
		missed, err := c.History(ctx, event.Subject, last)
		if err != nil {
			return fmt.Errorf("read the history of %s: %w", event.Subject, err)
		}
		entries = missed
	}
	for _, entry := range entries {
		if err := c.Apply(ctx, event.Subject, entry); err != nil {
			return fmt.Errorf("apply %d of %s: %w", entry.Sequence, event.Subject, err)
		}
		c.Last[event.Subject] = entry.Sequence
	}
	return nil
}
