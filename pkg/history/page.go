package history

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"reflect"

	"users-organizations/pkg/membership"
)

// ReadService shows histories.
type ReadService struct {
	Log         Lister
	Memberships membership.Getter
}

// Page is a part of a history, the newest entries first.
type Page struct {
	Entries []Entry
	membership.Pagination
	// Complete says that the membership is as the newest entry left it: no change
	// of it has still to come into the history, or was lost on the way.
	Complete bool
}

// MarshalJSONTo writes the page as callers see it. Entries must not be nil.
func (p Page) MarshalJSONTo(e *jsontext.Encoder) error {
	return json.MarshalEncode(e, struct {
		Data       []Entry               `json:"data"`
		TotalCount *int                  `json:"totalCount"`
		Pagination membership.Pagination `json:"pagination"`
		Complete   bool                  `json:"complete"`
	}{p.Entries, nil, p.Pagination, p.Complete})
}

// attempts are how often a membership is read that changes meanwhile.
const attempts = 3

// Page gives a page of a history. Its errors are those of the stores.
func (s *ReadService) Page(ctx context.Context, q membership.HistoryQuery) (Page, error) {
	now, err := s.state(ctx, q.Key)
	if err != nil {
		return Page{}, err
	}
	for attempt := 1; ; attempt++ {
		page, newest, err := s.read(ctx, q)
		if err != nil {
			return Page{}, err
		}
		before := now
		if !newest.leavesBehind(now) {
			// Either changes have no entry, or there was one since the membership was
			// read. The membership itself tells: no revision is ever there twice.
			if now, err = s.state(ctx, q.Key); err != nil {
				return Page{}, err
			}
		}
		page.Complete = newest.leavesBehind(now)
		if page.Complete {
			return page, nil
		}
		if reflect.DeepEqual(now, before) || attempt == attempts {
			page.addNewest(q, newest, now)
			return page, nil
		}
	}
}

// read gives a page, and the latest entry of all.
func (s *ReadService) read(ctx context.Context, q membership.HistoryQuery) (Page, *Entry, error) {
	pair := PairOf(q.Key)
	entries, err := s.Log.List(ctx, pair, q.Below, q.PageSize)
	newest := entries
	if err == nil && q.Page > 1 {
		newest, err = s.Log.List(ctx, pair, newestOf, 1)
	}
	if err != nil {
		return Page{}, nil, fmt.Errorf("read the history: %w", err)
	}
	page := Page{Entries: append([]Entry{}, entries...), Number: q.Page, Size: q.PageSize}
	if n := len(entries); n > 0 && entries[n-1].Sequence > 1 {
		page.Next = q.Next(entries[n-1].Sequence)
	}
	if len(newest) == 0 {
		return page, nil, nil
	}
	return page, &newest[0], nil
}

// addNewest puts the newest change of the membership before the entries, as the
// membership itself tells it, where no entry does.
func (p *Page) addNewest(q membership.HistoryQuery, newest *Entry, now state) {
	r := now.record
	if q.Page > 1 || r == nil || newest != nil && newest.endsUnreadable() {
		return
	}
	for _, e := range p.Entries {
		if e.Revision == r.Revision() {
			return
		}
	}
	e := Entry{Type: Registered, Revision: r.Revision(), After: &r.Membership}
	if r.Last.Operation != "" {
		e.Type = Type(r.Last.Operation)
	}
	e.sign(*r)
	p.Entries = append([]Entry{e}, p.Entries...)
	if len(p.Entries) > q.PageSize {
		p.Next = q.Next(p.Entries[q.PageSize].Sequence + 1)
		p.Entries = p.Entries[:q.PageSize]
	}
}

// state is what the table has of a membership.
type state struct {
	// record is nil where there is none, or an unreadable one.
	record     *membership.Record
	unreadable bool
}

func (s *ReadService) state(ctx context.Context, key membership.Key) (state, error) {
	r, err := s.Memberships.Get(ctx, key)
	switch {
	case errors.Is(err, membership.ErrNotFound):
		return state{}, nil
	case errors.Is(err, membership.ErrUnreadable):
		return state{unreadable: true}, nil
	case err != nil:
		return state{}, fmt.Errorf("read the membership: %w", err)
	}
	return state{record: &r}, nil
}

// leavesBehind says whether e, the latest entry or nil, ends with what the table
// has.
func (e *Entry) leavesBehind(now state) bool {
	if e == nil {
		return now == state{}
	}
	return e.endsUnreadable() == now.unreadable && e.shows(now.record)
}
