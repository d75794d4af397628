package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"users-organizations/pkg/caller"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
	"users-organizations/pkg/telemetry"
)

// maxBody is how many bytes a body may have, decoded.
const maxBody = 64 << 10

// handler answers API Gateway's proxy events. It is safe for concurrent use.
type handler struct {
	service *membership.Service
	now     func() time.Time
	journal journal
	// allowedOrigin is the one web origin that may read the answers, or empty.
	allowedOrigin string
}

// exchange is one request and what came of it.
type exchange struct {
	event   event
	outcome membership.RegisterResult
	err     error
	// storeTook is zero where the store was not asked.
	storeTook time.Duration
}

// Invoke implements lambda.Handler. It always answers: a failure of ours is a
// problem in the answer, with its cause in the log, and never an error of the
// function, which the gateway would turn into words of its own.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	start := h.now()
	var x exchange
	x.outcome, x.err = h.serve(ctx, payload, &x)
	a := h.answer(x.outcome, x.err, x.event.RequestID)
	h.journal.write(ctx, &x, a, h.now().Sub(start))
	return json.Marshal(a)
}

func (h *handler) serve(ctx context.Context, payload []byte, x *exchange) (outcome membership.RegisterResult, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = telemetry.Panic(cause)
		}
	}()
	if err := x.event.decode(payload); err != nil {
		return membership.RegisterResult{}, fmt.Errorf("read the gateway's event: %w", err)
	}
	return h.register(ctx, x)
}

// register is the way of a request, in the order of the contract's checks.
func (h *handler) register(ctx context.Context, x *exchange) (membership.RegisterResult, error) {
	e := &x.event
	who, err := h.identify(e)
	if err != nil {
		return membership.RegisterResult{}, err
	}
	if err := checkMediaType(e); err != nil {
		return membership.RegisterResult{}, err
	}
	body, err := e.body()
	if err != nil {
		return membership.RegisterResult{}, err
	}
	if len(body) > maxBody {
		return membership.RegisterResult{}, refuse(problem.PayloadTooLarge, "the body has %d bytes", len(body))
	}
	reg, err := membership.ParseRegistration(membership.RegistrationRequest{
		UserID:          e.PathParameters["userId"],
		OrganizationID:  e.PathParameters["organizationId"],
		IdempotencyKeys: e.Values("Idempotency-Key"),
		Body:            body,
	})
	if err != nil {
		return membership.RegisterResult{}, err
	}
	asked := h.now()
	defer func() { x.storeTook = h.now().Sub(asked) }()
	return h.service.Register(ctx, reg, membership.Origin{
		CallerID:  who.UserID,
		RequestID: e.RequestID,
	})
}

// identify takes the authorizer's word for who calls, and checks again what
// its cached word cannot know: a policy outlives the tokens that it was made
// for, and serves requests that the authorizer never saw.
func (h *handler) identify(e *event) (caller.Caller, error) {
	who, err := caller.FromContext(e.Authorizer)
	switch {
	case errors.Is(err, caller.ErrNone):
		return caller.Caller{}, err
	case err != nil:
		return caller.Caller{}, refuse(problem.Unauthorized, "%v", err)
	case who.Expired(h.now()):
		return caller.Caller{}, refuse(problem.Unauthorized, "a token has expired")
	}
	for _, name := range []string{"Authorization", "x-session-token"} {
		if n := len(e.Values(name)); n != 1 {
			return caller.Caller{}, refuse(problem.Unauthorized, "%s came %d times", name, n)
		}
	}
	return who, nil
}

// checkMediaType accepts JSON in UTF-8, uncompressed, and says nothing else.
func checkMediaType(e *event) error {
	types := e.Values("Content-Type")
	if len(types) != 1 {
		return refuse(problem.UnsupportedMediaType, "Content-Type came %d times", len(types))
	}
	if !isJSON(types[0]) {
		return refuse(problem.UnsupportedMediaType, "Content-Type is not application/json in UTF-8")
	}
	for _, encoding := range e.Values("Content-Encoding") {
		if !strings.EqualFold(encoding, "identity") {
			return refuse(problem.UnsupportedMediaType, "Content-Encoding is not identity")
		}
	}
	return nil
}

// isJSON is narrower than a general parser, which would also take a charset
// twice, or in the pieces and percents of RFC 2231.
func isJSON(mediaType string) bool {
	kind, parameter, _ := strings.Cut(strings.Map(lower, mediaType), ";")
	switch strings.Trim(parameter, " \t") {
	case "", "charset=utf-8", `charset="utf-8"`:
		return strings.Trim(kind, " \t") == "application/json"
	}
	return false
}

// lower changes ASCII alone: Unicode would make an i of İ, and EqualFold an s of ſ.
func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

func refuse(code problem.Code, cause string, args ...any) error {
	return &problem.Error{Code: code, Cause: fmt.Sprintf(cause, args...)}
}
