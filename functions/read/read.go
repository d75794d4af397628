package main

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"users-organizations/pkg/api"
	"users-organizations/pkg/membership"
)

// operation reads something. The operations of this function differ in what they
// parse, what they find, and how they show it.
func operation[Query, Found any](
	parse func(membership.ReadRequest) (Query, error),
	find func(context.Context, Query) (Found, error),
	show func(*api.Request, Found) api.Response,
) api.Operation {
	return func(ctx context.Context, r *api.Request) (api.Response, error) {
		query, err := parse(membership.ReadRequest{UserID: r.UserID, OrganizationID: r.OrganizationID, Query: r.Query})
		if err != nil {
			return api.Response{}, err
		}
		defer r.TimeStore()()
		found, err := find(ctx, query)
		if err != nil {
			return api.Response{}, err
		}
		return show(r, found), nil
	}
}

func showMembership(_ *api.Request, row membership.Row) api.Response {
	return api.Response{
		Status:   http.StatusOK,
		Revision: row.Revision,
		Body:     api.Data{Data: row.Membership},
		Outcome:  "found",
	}
}

// showPage shows a page of a list or of a history.
func showPage[P interface{ Cursor() string }](r *api.Request, page P) api.Response {
	return api.Response{
		Status:  http.StatusOK,
		Next:    nextQuery(r.Query, page.Cursor()),
		Body:    page,
		Outcome: "listed",
	}
}

// nextQuery is the query of this page with the cursor of the next one, or empty on
// the last page.
func nextQuery(query map[string][]string, cursor string) string {
	if cursor == "" {
		return ""
	}
	next := url.Values(maps.Clone(query))
	if next == nil {
		next = url.Values{}
	}
	next.Set("cursor", cursor)
	return next.Encode()
}
