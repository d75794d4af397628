// Package consumer shows how to follow the memberships by their events. To the
// target of an EventBridge rule, an event may come twice, late or never. Copy the
// package, and keep its state in your own database.
package consumer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
)

// Entry has the members of a history's entry that this consumer needs.
type Entry struct {
	Sequence int64
	Type     string
	// After is the membership after the change. It is null where the item was erased,
	// and where another writer has left an item that is not a membership.
	After json.RawMessage
	// Unreadable: the item was not a membership, before the change or after it.
	Unreadable bool
	// Gap: changes before this one are missing. This one may be late itself, and
	// After out of date.
	Gap bool
}

// endsUnreadable means that the change has left an item that is not a membership.
// An erased item is gone, whatever it was.
func (e Entry) endsUnreadable() bool {
	return e.Unreadable && string(e.After) == "null" && e.Type != "erased"
}

// Consumer takes each entry once, in order.
type Consumer struct {
	// Last is the sequence of the last entry that was taken, by subject. Store it in
	// one transaction with what Apply, Reload and Report write. If it is lost, the
	// whole history is applied again.
	Last map[string]int64
	// History gives all entries of a subject above a sequence, the lowest first.
	History func(ctx context.Context, subject string, above int64) ([]Entry, error)
	// Apply stores After, or deletes what is stored where After is null.
	Apply func(ctx context.Context, subject string, e Entry) error
	// Reload stores the membership as the API has it now, instead of After.
	Reload func(ctx context.Context, subject string, e Entry) error
	// Report tells a person about an entry that ends unreadable: whether there is a
	// member is unknown. What is stored stays as it is until a later entry.
	Report func(ctx context.Context, subject string, e Entry) error
}

// Handle takes an event. After an error the event must be delivered again. Handle
// must not run twice at once for one subject.
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
		return fmt.Errorf("the event %s is not an entry of a history: let the rule's pattern name the source", e.ID)
	case sequence <= last:
		return nil // It was taken, with this event or a later one.
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
