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
	Type     string
	// After is the membership after the change. It is null where the membership is
	// gone, and where another writer has left an item that is no membership.
	After json.RawMessage
	// Unreadable says that the item was no membership before the change or after it.
	Unreadable bool
	// Gap says that changes are missing before this one, which may come late itself:
	// After is then no longer the membership.
	Gap bool
}

// endsUnreadable says that there is an item that is no membership. An erased item
// is gone, whatever it was.
func (e Entry) endsUnreadable() bool {
	return e.Unreadable && string(e.After) == "null" && e.Type != "erased"
}

// Consumer takes each entry once, in order.
type Consumer struct {
	// Last is the sequence of the last entry that was taken, by subject. Write it
	// together with what Apply writes. Where it is lost, all of the history is
	// applied again.
	Last map[string]int64
	// History gives all entries of a subject above a sequence, the lowest first.
	History func(ctx context.Context, subject string, above int64) ([]Entry, error)
	// Apply keeps the entry's membership, or deletes what is kept where After is null.
	Apply func(ctx context.Context, subject string, e Entry) error
	// Reload keeps the membership as the API has it, in the place of After.
	Reload func(ctx context.Context, subject string, e Entry) error
	// Report names an entry after which nobody can say whether there is a member.
	// What is kept stays as it is, until an entry shows more.
	Report func(ctx context.Context, subject string, e Entry) error
}

// Handle takes an event. After an error the event has to come again. Handle must
// not run twice at once for one subject.
func (c *Consumer) Handle(ctx context.Context, e events.EventBridgeEvent) error {
	var event struct {
		Subject string
		Data    Entry
	}
	if err := json.Unmarshal(e.Detail, &event); err != nil {
		return fmt.Errorf("read the event %s: %w", e.ID, err)
	}
	subject, entries, last := event.Subject, []Entry{event.Data}, c.Last[event.Subject]
	switch sequence := event.Data.Sequence; {
	case subject == "" || sequence < 1 || event.Data.After == nil:
		return fmt.Errorf("the event %s is no entry of a history: let the rule's pattern name the source", e.ID)
	case sequence <= last:
		return nil // It came before, or a newer one did.
	case sequence > last+1:
		var err error
		if entries, err = c.History(ctx, subject, last); err != nil {
			return fmt.Errorf("read the history of %s: %w", subject, err)
		}
	}
	for _, entry := range entries {
		take := c.Apply
		switch {
		case entry.endsUnreadable():
			take = c.Report
		case entry.Gap:
			take = c.Reload
		}
		if err := take(ctx, subject, entry); err != nil {
			return fmt.Errorf("take %d of %s: %w", entry.Sequence, subject, err)
		}
		c.Last[subject] = entry.Sequence
	}
	if c.Last[subject] < event.Data.Sequence {
		return fmt.Errorf("the history of %s has no entry %d yet", subject, event.Data.Sequence)
	}
	return nil
}
