package localtest

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"users-organizations/infra/local/eventbus/consumer"
)

// HistoryPage is a page of a history as a client reads it.
type HistoryPage struct {
	Data       []HistoryEntry
	Pagination struct{ Next *string }
	Complete   bool
}

// HistoryEntry is an entry of a page. Its sequence is 0 where the page has null.
type HistoryEntry struct {
	consumer.Entry
	ETag string
}

// ReadPage reads one page of the history of a pair.
type ReadPage func(ctx context.Context, user, organization int64, query url.Values) (HistoryPage, error)

// Above gives all entries of a subject above a sequence, the lowest first: the
// History of a consumer.Consumer.
func (read ReadPage) Above(ctx context.Context, subject string, sequence int64) ([]consumer.Entry, error) {
	var user, organization int64
	if _, err := fmt.Sscanf(subject, "users/%d/organizations/%d", &user, &organization); err != nil {
		return nil, fmt.Errorf("the subject %q: %w", subject, err)
	}
	var entries []consumer.Entry
	for query := (url.Values{"pageSize": {"100"}}); ; {
		page, err := read(ctx, user, organization, query)
		if err != nil {
			return nil, err
		}
		more := page.Pagination.Next != nil
		for _, e := range page.Data {
			switch {
			case e.Sequence > sequence:
				entries = append(entries, e.Entry)
			case e.Sequence > 0:
				more = false
			}
		}
		if !more {
			slices.Reverse(entries)
			return entries, nil
		}
		query.Set("cursor", *page.Pagination.Next)
	}
}
