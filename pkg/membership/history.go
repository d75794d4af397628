package membership

import (
	"fmt"
	"maps"
)

// HistoryQuery is a valid request for a page of the history of a membership.
type HistoryQuery struct {
	Key

	// PageSize is 1 to MaxPageSize.
	PageSize int
	// Page counts from 1. The page has the entries whose sequence is below Below,
	// which is 1 to MaxInteger.
	Page, Below int64
}

// ParseHistory checks a request. Its error is an *InvalidError with the violations.
func ParseHistory(r ReadRequest) (HistoryQuery, error) {
	var invalid InvalidError
	q := query{maps.Clone(r.Query), &invalid}
	history := HistoryQuery{
		Key:      readKey(r.UserID, r.OrganizationID, &invalid),
		PageSize: q.pageSize(),
	}
	at := read(&q, "cursor", position{1, MaxInteger}, history.cursor().parse,
		"must be what the page before said as next, for the same path")
	history.Page, history.Below = at.page, at.after
	q.end()
	return history, invalid.orNil()
}

// Next returns the cursor of the next page, whose entries have a sequence less
// than below.
func (q HistoryQuery) Next(below int64) string {
	return q.cursor().at(position{q.Page + 1, below})
}

func (q HistoryQuery) cursor() cursor {
	return newCursor(fmt.Sprintf("history %d %d", q.UserID, q.OrganizationID))
}
