package main

import (
	"context"
	"net/http"

	"users-organizations/pkg/api"
	"users-organizations/pkg/membership"
)

// get shows one membership.
func (s service) get(ctx context.Context, r *api.Request) (api.Response, error) {
	query, err := membership.ParseGet(membership.GetRequest{
		UserID: r.UserID, OrganizationID: r.OrganizationID, Query: r.Query,
	})
	if err != nil {
		return api.Response{}, err
	}
	defer r.TimeStore()()
	row, err := s.memberships.Get(ctx, query)
	if err != nil {
		return api.Response{}, err
	}
	return api.Response{
		Status:   http.StatusOK,
		Revision: row.Revision,
		Body:     api.Data{Data: row.Membership},
		Outcome:  "found",
	}, nil
}
