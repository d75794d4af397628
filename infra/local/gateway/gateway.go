// Package gateway answers HTTP as an Amazon API Gateway REST API does: it finds
// the route, asks the authorizer, hands a proxy event to the function and
// makes its answer, or an answer of its own, into the response.
//
// What it imitates is described in the API Gateway developer guide: "Lambda
// proxy integrations", "Use API Gateway Lambda authorizers", "Gateway
// responses", "Quotas" and "Important notes".
//
// What net/http takes for no HTTP it answers itself, in plain text and with
// nothing in the log: a malformed request line or header, an expectation that
// it doesn't know, headers over 1 MB.
package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
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
	routes     []route
	functions  map[string]Function
	authorizer *authorizer
	log        *slog.Logger
	now        func() time.Time
}

// New is the gateway of api, whose routes and authorizer name the functions by
// their logical ids. It logs each answer of its own: functions log theirs.
func New(api template.API, functions map[string]Function, log *slog.Logger, now func() time.Time) *Gateway {
	g := &Gateway{api: api, functions: functions, log: log, now: now}
	for _, r := range api.Routes {
		g.routes = append(g.routes, newRoute(r))
	}
	g.authorizer = newAuthorizer(api.Authorizer, functions[api.Authorizer.Function], now)
	return g
}

// ServeHTTP answers one request of a client.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(g.api.Stage, r, g.now())
	answer, err := g.handle(r.Context(), x)
	if err != nil {
		var refused *refusal
		if !errors.As(err, &refused) {
			refused = refuse("DEFAULT_5XX", err)
		}
		answer = ownAnswer(refused.kind, x.requestID)
		g.note(x, refused, answer.status)
	}
	answer.header["x-amzn-RequestId"] = []string{x.requestID}
	answer.header["x-amz-apigw-id"] = []string{x.extendedID}
	answer.write(w)
}

// handle goes through the steps of a request. Its error is a *refusal for what
// a client of API Gateway gets a gateway response for.
func (g *Gateway) handle(ctx context.Context, x *exchange) (answer, error) {
	path, ok := x.pathInStage()
	if !ok {
		return noStage(), nil
	}
	if x.headerSize() > maxHeaders {
		return answer{}, refuse("HEADERS_TOO_LARGE", nil)
	}
	function, ok := g.match(x, path)
	if !ok {
		return answer{}, refuse("MISSING_AUTHENTICATION_TOKEN", nil)
	}
	if err := x.readBody(); err != nil {
		return answer{}, err
	}
	if err := g.authorizer.authorize(ctx, x); err != nil {
		return answer{}, err
	}
	return integrate(ctx, x, function)
}

// match finds the route of the path and notes it in x.
func (g *Gateway) match(x *exchange, path string) (Function, bool) {
	for _, route := range g.routes {
		parameters, ok := route.match(x.request.Method, path)
		if !ok {
			continue
		}
		x.resource, x.pathParameters = route.Path, parameters
		return g.functions[route.Function], true
	}
	return nil, false
}

// integrate invokes the function, which goes on when the client leaves, and
// reads its answer.
func integrate(ctx context.Context, x *exchange, function Function) (answer, error) {
	event, err := x.proxyEvent()
	if err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), integrationTimeout)
	defer cancel()
	payload, err := function.Invoke(ctx, x.traceID, event)
	switch {
	case errors.Is(err, lambda.ErrEventTooLarge):
		return answer{}, refuse("REQUEST_TOO_LARGE", nil)
	case errors.Is(err, context.DeadlineExceeded):
		return answer{}, refuse("INTEGRATION_TIMEOUT", err)
	case err != nil:
		// A throttled function too: API Gateway takes this response for it, with
		// the status of the response, where the API has one of its own (re:Post,
		// "Inconsistencies in response codes depending on whether API Gateway
		// response settings are configured"; 500 where it has none).
		return answer{}, refuse("INTEGRATION_FAILURE", err)
	}
	a, err := functionAnswer(payload)
	if err != nil {
		return answer{}, refuse("INTEGRATION_FAILURE", err)
	}
	a.header["X-Amzn-Trace-Id"] = []string{x.traceID}
	return a, nil
}

// readBody reads the whole body, which API Gateway takes up to 10 MB.
func (x *exchange) readBody() error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, x.request.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return refuse("REQUEST_TOO_LARGE", nil)
	}
	if err != nil {
		return refuse("BAD_REQUEST_BODY", err)
	}
	x.body = body
	return nil
}
