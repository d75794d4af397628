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

// authorizer asks the authorizer function who calls, and remembers what it
// said for as long as its TTL.
type authorizer struct {
	settings template.Authorizer
	function Function
	now      func() time.Time

	mu     sync.Mutex
	cached map[string]verdict
}

// verdict is what the function says about one set of identity sources.
type verdict struct {
	policy  policy
	context map[string]any
	until   time.Time
}

func newAuthorizer(settings template.Authorizer, function Function, now func() time.Time) *authorizer {
	return &authorizer{settings: settings, function: function, now: now, cached: map[string]verdict{}}
}

// authorize refuses a request that may not pass, and notes in it who calls. The
// policy is applied to the method ARN each time: it may have been made for
// another.
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

// identity is the key of the cache, made from the values of all identity
// sources. One that is absent or empty ends the request before the function is
// asked.
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

// ask invokes the function. Its error "Unauthorized" is a 401; every other
// error, and output that is not an authorizer's, is a failure of ours.
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

// plain is a context value as functions see it: always as a string.
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
