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

// page is the body of every list.
type page struct {
	Data       []membership.Row `json:"data"`
	TotalCount *int             `json:"totalCount"`
	Pagination pagination       `json:"pagination"`
}

type pagination struct {
	Page     int64   `json:"page"`
	PageSize int     `json:"pageSize"`
	Next     *string `json:"next"`
}

// list shows a page of the memberships of a user or of an organization.
func (s service) list(side membership.Side) api.Operation {
	return func(ctx context.Context, r *api.Request) (api.Response, error) {
		query, err := membership.ParseList(side, membership.ListRequest{
			ID:    cmp.Or(r.UserID, r.OrganizationID), // The path has one of them.
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
		response := api.Response{Status: http.StatusOK, Outcome: "listed"}
		body := page{found.Rows, found.Total, pagination{Page: found.Number, PageSize: found.Size}}
		if found.Next != "" {
			body.Pagination.Next = &found.Next
			response.Next = nextQuery(r.Query, found.Next)
		}
		response.Body = body
		return response, nil
	}
}

// nextQuery asks for the next page in the words that asked for this one.
func nextQuery(query map[string][]string, cursor string) string {
	next := url.Values(maps.Clone(query))
	if next == nil {
		next = url.Values{}
	}
	next.Set("cursor", cursor)
	return next.Encode()
}
