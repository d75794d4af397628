package history

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"users-organizations/pkg/membership"
)

// ReadService reads histories.
type ReadService struct {
	Log         Lister
	Memberships membership.Getter
}

// Page is a page of a history, the newest entry first.
type Page struct {
	Entries []Entry
	membership.Pagination
	// Complete says that the membership is as the newest entry left it: no later
	// change is lost, or still on its way into the history.
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

// maxReads is the largest number of reads of the log. The membership may be read
// once more.
const maxReads = 3

// Page returns a page of a history. Its errors are those of the stores.
func (s *ReadService) Page(ctx context.Context, q membership.HistoryQuery) (Page, error) {
	now, err := s.image(ctx, q.Key)
	if err != nil {
		return Page{}, err
	}
	for reads := 1; ; reads++ {
		page, newest, err := s.read(ctx, q)
		if err != nil {
			return Page{}, err
		}
		before := now
		if !newest.endsWith(now) {
			// The entry is late, or the membership changed after it was read. A second
			// read decides.
			if now, err = s.image(ctx, q.Key); err != nil {
				return Page{}, err
			}
		}
		page.Complete = newest.endsWith(now)
		if page.Complete {
			return page, nil
		}
		if reflect.DeepEqual(now, before) || reads == maxReads {
			if err := s.addNewest(ctx, q, &page, now.Record); err != nil {
				return Page{}, err
			}
			return page, nil
		}
	}
}

// read returns a page, and the latest entry of the pair.
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

// addNewest puts the newest change of the membership before the entries of the
// first page, where it has no entry yet. It takes the change from the membership.
func (s *ReadService) addNewest(ctx context.Context, q membership.HistoryQuery, p *Page, r *membership.Record) error {
	if q.Page > 1 || r == nil {
		return nil
	}
	recent := p.Entries
	if p.Next != "" {
		older, err := s.Log.List(ctx, PairOf(q.Key), recent[len(recent)-1].Sequence, many)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		recent = slices.Concat(recent, older)
	}
	// Another writer may have put back an older revision, which has its entry.
	if slices.ContainsFunc(recent, func(e Entry) bool { return e.Revision == r.Revision() }) {
		return nil
	}
	e := Entry{Type: Registered, Revision: r.Revision(), After: &r.Membership}
	if r.Last.Operation != "" {
		e.Type = Type(r.Last.Operation)
	}
	e.setOrigin(*r)
	p.Entries = append([]Entry{e}, p.Entries...)
	if len(p.Entries) > q.PageSize {
		p.Next = q.Next(p.Entries[q.PageSize].Sequence + 1)
		p.Entries = p.Entries[:q.PageSize]
	}
	return nil
}

// image reads the item of a membership.
func (s *ReadService) image(ctx context.Context, key membership.Key) (Image, error) {
	r, err := s.Memberships.Get(ctx, key)
	switch {
	case errors.Is(err, membership.ErrNotFound):
		return Image{}, nil
	case errors.Is(err, membership.ErrUnreadable):
		return Image{Unreadable: true}, nil
	case err != nil:
		return Image{}, fmt.Errorf("read the membership: %w", err)
	}
	return Image{Record: &r}, nil
}
