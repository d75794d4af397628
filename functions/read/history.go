package main

import (
	"context"
	"net/http"

	"users-organizations/pkg/api"
	"users-organizations/pkg/membership"
)

// listHistory shows a page of the history of a membership.
func (s service) listHistory(ctx context.Context, r *api.Request) (api.Response, error) {
	query, err := membership.ParseHistory(membership.GetRequest{
		UserID: r.UserID, OrganizationID: r.OrganizationID, Query: r.Query,
	})
	if err != nil {
		return api.Response{}, err
	}
	defer r.TimeStore()()
	page, err := s.histories.Page(ctx, query)
	if err != nil {
		return api.Response{}, err
	}
	return api.Response{
		Status:  http.StatusOK,
		Next:    nextQuery(r.Query, page.Next),
		Body:    page,
		Outcome: "listed",
	}, nil
}
