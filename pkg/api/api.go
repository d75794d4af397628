// Package api is the edge of every HTTP operation: it decodes API Gateway's event,
// checks the caller and the caller's right, and turns the operation's result into
// a response, one log line and the metrics.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/cors"
	"users-organizations/pkg/problem"
	"users-organizations/pkg/telemetry"
)

// Handler handles API Gateway's proxy events for the operations of one function.
// It is safe for concurrent use.
type Handler struct {
	routes map[route]operation
	now    func() time.Time
	log    *telemetry.RequestLog
	// prefix is that of the scopes, without the colon.
	prefix string
	// origin is the one web origin that may read the responses, or empty.
	origin string
}

// New makes the handler of a function from its environment and the code of its
// operations, by operationId of openapi.yaml. The error names the invalid variable
// or the missing operation.
func New(
	function string, getenv func(string) string, out io.Writer, now func() time.Time, code map[string]Operation,
) (*Handler, error) {
	routes, err := routes(function, code)
	if err != nil {
		return nil, err
	}
	prefix, err := caller.ScopePrefix(getenv)
	if err != nil {
		return nil, err
	}
	origin := getenv("CORS_ALLOWED_ORIGIN")
	if origin != "" && !cors.IsOrigin(origin) {
		return nil, errors.New("CORS_ALLOWED_ORIGIN must be one origin: https:// and a host, or http://localhost, " +
			"with an optional port and no path; or empty for none")
	}
	return &Handler{
		routes: routes,
		now:    now,
		log:    telemetry.NewRequestLog(out, getenv, now),
		prefix: prefix,
		origin: origin,
	}, nil
}

// Invoke implements lambda.Handler. A failure becomes a problem, with its cause in
// the log. It returns no error, since the gateway would answer one with its own
// response.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	start := h.now()
	r := Request{event: &event{}, now: h.now}
	response, err := h.serve(ctx, payload, &r)
	out := h.respond(&r, response, err)
	h.write(ctx, &r, &out, response, err, h.now().Sub(start))
	return out.text(), nil
}

// serve makes the contract's checks in their order, then runs the operation.
func (h *Handler) serve(ctx context.Context, payload []byte, r *Request) (response Response, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = telemetry.Panic(cause)
		}
	}()
	if err := h.read(payload, r); err != nil {
		return Response{}, err
	}
	if err := r.identify(h.prefix); err != nil {
		return Response{}, err
	}
	if err := r.readBody(); err != nil {
		return Response{}, err
	}
	response, err = r.operation.do(ctx, r)
	if err != nil {
		return Response{}, err
	}
	response.encoded, err = encode(response.Body)
	if err != nil {
		return Response{}, fmt.Errorf("encode the response: %w", err)
	}
	return response, nil
}

// read decodes the event and finds its operation.
func (h *Handler) read(payload []byte, r *Request) error {
	err := apigateway.Decode(payload, r.event)
	r.ID, r.Query = r.event.RequestContext.RequestID, r.event.query()
	if err != nil {
		return fmt.Errorf("read the gateway's event: %w", err)
	}
	e := r.event
	operation, found := h.routes[route{e.HTTPMethod, e.Resource}]
	if !found {
		return errors.New("the gateway's event is for no operation of this function")
	}
	r.operation = operation
	ids, match := e.parameters()
	if !match {
		return refuse(problem.NoSuchOperation, "the path does not match the route exactly")
	}
	r.UserID, r.OrganizationID = ids["userId"], ids["organizationId"]
	return nil
}
