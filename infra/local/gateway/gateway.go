// Package gateway serves HTTP as an Amazon API Gateway REST API does: it finds
// the route, asks the authorizer, invokes the function with a proxy event, and
// responds with what the function returns or with a gateway response.
//
// Sources: the API Gateway developer guide, "Lambda proxy integrations", "Use API
// Gateway Lambda authorizers", "Gateway responses", "Quotas" and "Important
// notes".
package gateway

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/template"
)

// Limits of a REST API, in bytes and time (API Gateway developer guide,
// "Quotas for configuring and running a REST API").
const (
	maxBody            = 10 << 20
	maxHeaders         = 10240
	integrationTimeout = 29 * time.Second
)

// Function is a Lambda function. An error of the type *lambda.Error is the
// function's own; lambda.ErrEventTooLarge says that the event was too large.
type Function interface {
	Invoke(ctx context.Context, traceID string, event []byte) ([]byte, error)
}

// Gateway serves the routes of one API.
type Gateway struct {
	api        template.API
	routes     *resource
	functions  map[string]Function
	authorizer *authorizer
	log        *slog.Logger
	now        func() time.Time
}

// New makes a gateway for api. The keys of functions are the logical ids that the
// routes and the authorizer name. The gateway logs only the responses that it
// makes itself; functions log theirs.
func New(api template.API, functions map[string]Function, log *slog.Logger, now func() time.Time) *Gateway {
	return &Gateway{
		api:        api,
		routes:     newResource(api.Routes),
		functions:  functions,
		authorizer: newAuthorizer(api.Authorizer, functions[api.Authorizer.Function], now),
		log:        log,
		now:        now,
	}
}

// ServeHTTP serves one request of a client.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, client *http.Request) {
	r := newRequest(g.api.Stage, client, g.now())
	response, err := g.handle(client.Context(), r)
	if err != nil {
		refused, ok := errors.AsType[*refusal](err)
		if !ok {
			refused = refuseByDefault(http.StatusInternalServerError, err)
		}
		response = refused.response(r.requestID)
		g.note(r, refused, response.status)
	}
	response.identify(r)
	response.write(w)
}

// handle goes through the steps of a request. Its error is a *refusal where API
// Gateway sends a gateway response.
func (g *Gateway) handle(ctx context.Context, r *request) (response, error) {
	path, ok := r.pathInStage()
	if !ok {
		return noStage(), nil
	}
	if r.headerSize() > maxHeaders {
		return response{}, refuseByDefault(http.StatusRequestHeaderFieldsTooLarge, nil)
	}
	route, parameters, ok := g.routes.find(r.Method, path)
	if !ok {
		return response{}, refuse("MISSING_AUTHENTICATION_TOKEN", nil)
	}
	r.resource, r.pathParameters = route.Path, parameters
	if err := r.readBody(); err != nil {
		return response{}, err
	}
	if err := g.authorizer.authorize(ctx, r); err != nil {
		return response{}, err
	}
	return integrate(ctx, r, g.functions[route.Function])
}

// integrate invokes the function and reads its output. The function goes on when
// the client disconnects.
func integrate(ctx context.Context, r *request, function Function) (response, error) {
	event, err := r.proxyEvent()
	if err != nil {
		return response{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), integrationTimeout)
	defer cancel()
	payload, err := function.Invoke(ctx, r.traceID, event)
	switch {
	case errors.Is(err, lambda.ErrEventTooLarge):
		return response{}, refuse("REQUEST_TOO_LARGE", nil)
	case errors.Is(err, context.DeadlineExceeded):
		return response{}, refuse("INTEGRATION_TIMEOUT", err)
	case err != nil:
		// A throttled function too: API Gateway sends this response, with the status
		// that the API sets for it, or 500 (re:Post, "Inconsistencies in response
		// codes depending on whether API Gateway response settings are configured").
		return response{}, refuse("INTEGRATION_FAILURE", err)
	}
	out, err := integrationResponse(payload)
	if err != nil {
		return response{}, refuse("INTEGRATION_FAILURE", err)
	}
	out.header["X-Amzn-Trace-Id"] = []string{r.traceID}
	return out, nil
}

// note logs a gateway response under the field names of a deployed API's access
// log, with its cause: a failure behind the gateway, or an error in the request.
func (g *Gateway) note(r *request, refused *refusal, status int) {
	line := g.log.With(
		"requestId", r.requestID,
		"extendedRequestId", r.extendedID,
		"sourceIp", r.sourceIP,
		"method", r.Method,
		"route", cmp.Or(r.resource, "-"),
		"status", strconv.Itoa(status),
		"error", refused.kind,
	)
	if refused.cause != nil {
		line = line.With("cause", refused.cause)
	}
	if status >= http.StatusInternalServerError {
		line.Error("the gateway failed")
		return
	}
	line.Info("the gateway refused the request")
}
