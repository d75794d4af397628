package main

import (
	"context"
	"net/http"

	"users-organizations/pkg/api"
	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/membership"
)

// operation writes a membership whose revision the caller has seen. The three
// operations of this function differ in what they parse and what they do with it.
func operation[Request any](
	outcome string,
	parse func(membership.WriteRequest) (Request, error),
	write func(context.Context, Request, membership.Origin) (membership.ChangeResult, error),
) api.Operation {
	return func(ctx context.Context, r *api.Request) (api.Response, error) {
		request, err := parse(membership.WriteRequest{
			UserID:         r.UserID,
			OrganizationID: r.OrganizationID,
			IfMatch:        r.Header(apigateway.IfMatch),
			Query:          r.Query,
			Body:           r.Body,
		})
		if err != nil {
			return api.Response{}, err
		}
		defer r.TimeStore()()
		result, err := write(ctx, request, membership.Origin{CallerID: r.Caller.UserID, RequestID: r.ID})
		if err != nil {
			return api.Response{}, err
		}
		return api.Response{
			Status:   http.StatusOK,
			Revision: result.Revision,
			Body:     api.Data{Data: result.Membership},
			Outcome:  outcome,
			Replayed: result.Replayed,
		}, nil
	}
}
