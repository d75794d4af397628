package membership

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
)

// The sizes of a page, in memberships or entries.
const (
	MaxPageSize     = 100
	defaultPageSize = 50
)

// Page is a page of a list.
type Page struct {
	Rows []Row
	// Total is the number of memberships in the whole list, or nil where it is not
	// known.
	Total *int
	Pagination
}

// MarshalJSONTo writes the page as callers see it. Rows must not be nil.
func (p Page) MarshalJSONTo(e *jsontext.Encoder) error {
	return json.MarshalEncode(e, struct {
		Data       []Row      `json:"data"`
		TotalCount *int       `json:"totalCount"`
		Pagination Pagination `json:"pagination"`
	}{p.Rows, p.Total, p.Pagination})
}

// Pagination is the place of a page among the others.
type Pagination struct {
	// Number counts from 1. Size is the page size that was asked for.
	Number int64
	Size   int
	// Next is the cursor of the next page, and empty on the last one.
	Next string
}

// Cursor returns Next. Each kind of page has it.
func (p Pagination) Cursor() string { return p.Next }

// MarshalJSONTo writes null where there is no next page.
func (p Pagination) MarshalJSONTo(e *jsontext.Encoder) error {
	var next *string
	if p.Next != "" {
		next = &p.Next
	}
	return json.MarshalEncode(e, struct {
		Page     int64   `json:"page"`
		PageSize int     `json:"pageSize"`
		Next     *string `json:"next"`
	}{p.Number, p.Size, next})
}
