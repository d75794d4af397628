package main

import (
	"context"
	"log/slog"
	"net/http"

	"users-organizations/pkg/api"
	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/membership"
)

// register makes a user a member of an organization.
func (s service) register(ctx context.Context, r *api.Request) (api.Response, error) {
	registration, err := membership.ParseRegistration(membership.RegistrationRequest{
		UserID:          r.UserID,
		OrganizationID:  r.OrganizationID,
		IdempotencyKeys: r.Header(apigateway.IdempotencyKey),
		Body:            r.Body,
	})
	if err != nil {
		return api.Response{}, err
	}
	defer r.TimeStore()()
	result, err := s.memberships.Register(ctx, registration, membership.Origin{
		CallerID:  r.Caller.UserID,
		RequestID: r.ID,
	})
	if err != nil {
		return api.Response{}, err
	}
	return api.Response{
		Status:   http.StatusCreated,
		Revision: result.Revision,
		Body:     api.Data{Data: result.Membership},
		Outcome:  "created",
		Replayed: result.Replayed,
		Logged:   replaced(result),
	}, nil
}

// replaced names the soft-deleted membership that the registration has overwritten:
// the table no longer has it.
func replaced(result membership.RegisterResult) []slog.Attr {
	old := result.Replaced
	switch {
	case result.ReplacedUnknown:
		return []slog.Attr{slog.String("replaced", "unknown")}
	case old == nil:
		return nil
	}
	return []slog.Attr{slog.Group("replaced",
		"createdAt", old.CreatedAt, "deletedAt", old.DeletedAt, "registeredBy", old.RegisteredBy)}
}
