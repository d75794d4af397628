package membership

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
)

// A list with more memberships has no total.
const (
	MaxCountOfUser         = 1_000
	MaxCountOfOrganization = 10_000
)

// Side says whether a list is a user's or an organization's.
type Side string

// The two sides.
const (
	OfUser         Side = "user"
	OfOrganization Side = "organization"
)

// List names the memberships of one user or organization that pass its filters, in
// ascending order of the other id.
type List struct {
	Side Side
	// ID is the id of the user or of the organization.
	ID      int64
	Deleted DeletedFilter
	// Scope is 1 or 2, or 0 for both.
	Scope int64
}

// Has says whether m is in the list.
func (l List) Has(m Membership) bool {
	owner := m.UserID
	if l.Side == OfOrganization {
		owner = m.OrganizationID
	}
	return owner == l.ID &&
		(l.Deleted == IncludeDeleted || m.Active() == (l.Deleted == ExcludeDeleted)) &&
		(l.Scope == 0 || m.Scope == l.Scope)
}

// Other returns the id that orders the list.
func (l List) Other(key Key) int64 {
	if l.Side == OfUser {
		return key.OrganizationID
	}
	return key.UserID
}

// Compare orders the records of the list.
func (l List) Compare(a, b Record) int { return cmp.Compare(l.Other(a.Key), l.Other(b.Key)) }

// Lister reads lists. Its errors are ErrUnavailable, and others where no retry
// helps.
type Lister interface {
	// List returns up to size records of the list whose other id is above after,
	// the lowest ids first; after is MinInteger-1 for the first page. next is nil
	// at the end of the list. Otherwise it is the after of the next page, also
	// where this one is short or empty. Each record is as it was at some time
	// during the call, and belongs to the list. No record that was in the list
	// during the whole call is left out, except from an organization's list one
	// that came into it just before the call.
	List(ctx context.Context, l List, after int64, size int) (records []Record, next *int64, err error)
	// Count returns the number of memberships in the list; ok is false where it is
	// above most. For an organization, recent changes may not be counted yet.
	Count(ctx context.Context, l List, most int) (n int, ok bool, err error)
}

// ListQuery is a valid request for a page of a list.
type ListQuery struct {
	List

	// PageSize is 1 to MaxPageSize.
	PageSize int
	// Page counts from 1. After is the id that ended the page before.
	Page  int64
	After int64
	// Count asks for the number of memberships in the list.
	Count bool
}

// ParseList checks a request for a list of this side. Its error is an *InvalidError
// with the violations.
func (s Side) ParseList(r ReadRequest) (ListQuery, error) {
	var invalid InvalidError
	q := query{maps.Clone(r.Query), &invalid}
	id := r.UserID
	if s == OfOrganization {
		id = r.OrganizationID
	}
	list := ListQuery{
		Side:     s,
		ID:       readID(id, string(s)+"Id", &invalid),
		Deleted:  q.deleted("must be exclude, include or only", ExcludeDeleted, IncludeDeleted, OnlyDeleted),
		Scope:    read(&q, "scope", 0, parseScopeFilter, "must be 1 or 2"),
		PageSize: q.pageSize(),
		Count:    read(&q, "count", false, parseBool, "must be true or false"),
	}
	at := read(&q, "cursor", position{1, MinInteger - 1}, list.cursor().parse,
		"must be what the page before said as next, for the same path, deleted and scope")
	list.Page, list.After = at.page, at.after
	q.end()
	return list, invalid.orNil()
}

func (l List) cursor() cursor {
	return newCursor(fmt.Sprintf("%s %d %s %d", l.Side, l.ID, l.Deleted, l.Scope))
}

// List returns a page of a list. Its errors are those of the store.
func (s *ReadService) List(ctx context.Context, q ListQuery) (Page, error) {
	records, next, err := s.Store.List(ctx, q.List, q.After, q.PageSize)
	if err != nil {
		return Page{}, fmt.Errorf("list the memberships: %w", err)
	}
	page := Page{Rows: make([]Row, len(records)), Number: q.Page, Size: q.PageSize}
	for i, r := range records {
		page.Rows[i] = r.row()
	}
	if next != nil {
		page.Next = q.cursor().at(position{q.Page + 1, *next})
	}
	page.Total, err = s.total(ctx, q, page)
	return page, err
}

// total needs no count where the first page is the last.
func (s *ReadService) total(ctx context.Context, q ListQuery, page Page) (*int, error) {
	if q.Page == 1 && page.Next == "" {
		return new(len(page.Rows)), nil
	}
	if !q.Count {
		return nil, nil
	}
	most := MaxCountOfUser
	if q.Side == OfOrganization {
		most = MaxCountOfOrganization
	}
	switch n, ok, err := s.Store.Count(ctx, q.List, most); {
	case errors.Is(err, ErrUnavailable):
		return nil, nil // a page without a total is better than none
	case err != nil:
		return nil, fmt.Errorf("count the memberships: %w", err)
	case ok:
		return &n, nil
	}
	return nil, nil
}
