package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/template"
)

// authorizer asks the authorizer function who calls, and caches each verdict
// for the TTL.
type authorizer struct {
	settings template.Authorizer
	function Function
	now      func() time.Time

	mu     sync.Mutex
	cached map[string]verdict
}

// verdict is the function's output for one set of identity sources.
type verdict struct {
	policy  policy
	context map[string]any
	until   time.Time
}

func newAuthorizer(settings template.Authorizer, function Function, now func() time.Time) *authorizer {
	return &authorizer{settings: settings, function: function, now: now, cached: map[string]verdict{}}
}

// authorize refuses a request that may not pass; in any other it notes who
// calls. A cached policy is checked against the method ARN again, since it may
// come from a request for another one.
func (a *authorizer) authorize(ctx context.Context, r *request) error {
	key, ok := a.identity(r)
	if !ok {
		return refuse("UNAUTHORIZED", nil)
	}
	v, ok := a.remembered(key)
	if !ok {
		var err error
		if v, err = a.ask(ctx, r); err != nil {
			return err
		}
		a.remember(key, v)
	}
	if !v.policy.allows(r.methodARN()) {
		return refuse("ACCESS_DENIED", nil)
	}
	r.authorizer = v.context
	return nil
}

// identity gives the cache's key, the values of all identity sources. It is
// false where one is absent or empty: the function is not invoked then.
func (a *authorizer) identity(r *request) (string, bool) {
	var key strings.Builder
	for _, name := range a.settings.Headers {
		values := r.Header.Values(name)
		if len(values) == 0 || values[len(values)-1] == "" {
			return "", false
		}
		key.WriteString(strconv.Quote(values[len(values)-1]))
	}
	return key.String(), true
}

func (a *authorizer) remembered(key string) (verdict, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v, ok := a.cached[key]
	return v, ok && a.now().Before(v.until)
}

func (a *authorizer) remember(key string, v verdict) {
	now := a.now()
	v.until = now.Add(a.settings.TTL)
	a.mu.Lock()
	defer a.mu.Unlock()
	for other, old := range a.cached {
		if !now.Before(old.until) {
			delete(a.cached, other)
		}
	}
	a.cached[key] = v
}

// ask invokes the function. Its error "Unauthorized" is a 401; any other error,
// and output of another form, is a failure on our side.
func (a *authorizer) ask(ctx context.Context, r *request) (verdict, error) {
	event, err := r.authorizerEvent()
	if err != nil {
		return verdict{}, err
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), integrationTimeout)
	defer cancel()
	payload, err := a.function.Invoke(ctx, r.traceID, event)
	if failure, ok := errors.AsType[*lambda.Error](err); ok && failure.Message == "Unauthorized" {
		return verdict{}, refuse("UNAUTHORIZED", nil)
	}
	if err != nil {
		return verdict{}, refuse("AUTHORIZER_FAILURE", err)
	}
	v, err := readVerdict(payload)
	if err != nil {
		return verdict{}, refuse("AUTHORIZER_CONFIGURATION_ERROR", err)
	}
	v.context["integrationLatency"] = time.Since(start).Milliseconds()
	return v, nil
}

// readVerdict reads the output of a Lambda authorizer: a principal, a policy
// and a context of plain values (API Gateway developer guide, "Output from an
// API Gateway Lambda authorizer").
func readVerdict(payload []byte) (verdict, error) {
	var output struct {
		PrincipalID    *string        `json:"principalId"`
		PolicyDocument *policy        `json:"policyDocument"`
		Context        map[string]any `json:"context"`
	}
	if err := json.Unmarshal(payload, &output); err != nil {
		return verdict{}, fmt.Errorf("the authorizer's output: %w", err)
	}
	if output.PrincipalID == nil || output.PolicyDocument == nil {
		return verdict{}, errors.New("the authorizer's output lacks principalId or policyDocument")
	}
	if err := output.PolicyDocument.check(); err != nil {
		return verdict{}, err
	}
	v := verdict{policy: *output.PolicyDocument, context: map[string]any{}}
	for name, value := range output.Context {
		text, err := plain(value)
		if err != nil {
			return verdict{}, fmt.Errorf("the authorizer's context value %s: %w", name, err)
		}
		v.context[name] = text
	}
	v.context["principalId"] = *output.PrincipalID
	return v, nil
}

// plain converts a context value to the string that functions see; null stays
// null.
func plain(value any) (any, error) {
	switch value := value.(type) {
	case nil, string:
		return value, nil
	case bool:
		return strconv.FormatBool(value), nil
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), nil
	default:
		return nil, errors.New("must be a string, a number or a boolean")
	}
}
