package main

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"

	"users-organizations/pkg/api"
	"users-organizations/pkg/membership"
)

// list shows a page of the memberships of a user or of an organization.
func (s service) list(side membership.Side) api.Operation {
	return func(ctx context.Context, r *api.Request) (api.Response, error) {
		query, err := membership.ParseList(side, membership.ListRequest{
			ID:    cmp.Or(r.UserID, r.OrganizationID), // the path has one of them
			Query: r.Query,
		})
		if err != nil {
			return api.Response{}, err
		}
		defer r.TimeStore()()
		found, err := s.memberships.List(ctx, query)
		if err != nil {
			return api.Response{}, err
		}
		return api.Response{
			Status:  http.StatusOK,
			Next:    nextQuery(r.Query, found.Next),
			Body:    found,
			Outcome: "listed",
		}, nil
	}
}

// nextQuery is the query of this page with the cursor of the next, or empty where
// there is none.
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
