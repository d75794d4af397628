package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/telemetry"
	"users-organizations/pkg/token"
)

// handler decides API Gateway's authorizer events. It is safe for concurrent
// use.
type handler struct {
	verifier *token.Verifier
	now      func() time.Time
	log      *telemetry.RequestLog
}

var (
	// errUnauthorized is the one error that API Gateway turns into a 401
	// (developer guide, "Output from an API Gateway Lambda authorizer"): it
	// compares the whole text.
	errUnauthorized = errors.New("Unauthorized")
	// errFailed is the error for every failure of our own. The log has its cause.
	errFailed = errors.New("the authorizer failed")
)

type outcome string

const (
	allowed      outcome = "allow"
	denied       outcome = "deny"
	unauthorized outcome = "unauthorized"
	failed       outcome = "error"
)

// decision is the result of one request. The zero decision allows nothing.
type decision struct {
	outcome outcome
	// reason is the code of why the request was not allowed.
	reason string
	// userID is the caller's user id, once both tokens are valid.
	userID string
	// scope has the caller's scopes of this service, separated by spaces.
	scope    string
	response events.APIGatewayCustomAuthorizerResponse
	// cause is what failed, for the log.
	cause error
}

// Invoke implements lambda.Handler. It returns a policy if the tokens are valid. Its
// error is errUnauthorized if they are not, and errFailed if they could not be
// checked.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	start := h.now()
	var e event
	d := h.decide(ctx, payload, &e)
	h.write(ctx, &e, &d, h.now().Sub(start))
	switch d.outcome {
	case allowed, denied:
		return json.Marshal(d.response)
	case unauthorized:
		return nil, errUnauthorized
	default:
		return nil, errFailed
	}
}

func (h *handler) decide(ctx context.Context, payload []byte, e *event) (d decision) {
	defer func() {
		if v := recover(); v != nil {
			d = failure("panic", telemetry.Panic(v))
		}
	}()
	if err := apigateway.Decode(payload, e); err != nil {
		return failure("event", err)
	}
	resources, err := readResources(e.MethodARN)
	if err != nil {
		return failure("method-arn", err)
	}
	bearer, session, refusal := e.tokens()
	if refusal != nil {
		return decision{outcome: unauthorized, reason: refusal.Code()}
	}
	holder, err := h.verifier.Verify(ctx, bearer, session)
	var forbidden *token.ForbiddenError
	switch {
	case err == nil:
		prefix := h.verifier.Rules.Prefix
		response := policy(effectAllow, holder.UserID, resources.allowedTo(holder.Scopes), caller.Context(holder, prefix))
		return decision{outcome: allowed, userID: holder.UserID, scope: holder.Scopes.Format(prefix), response: response}
	case errors.As(err, &forbidden):
		user := forbidden.Holder.UserID
		return decision{outcome: denied, reason: "scope", userID: user, response: policy(effectDeny, user, resources.all(), nil)}
	case errors.As(err, &refusal):
		return decision{outcome: unauthorized, reason: refusal.Code()}
	default:
		return failure("keys", err)
	}
}

func failure(reason string, cause error) decision {
	return decision{outcome: failed, reason: reason, cause: cause}
}
