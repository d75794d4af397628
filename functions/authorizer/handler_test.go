package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/telemetry"
	"users-organizations/pkg/telemetry/telemetrytest"
	"users-organizations/pkg/token"
)

var _ lambda.Handler = (*handler)(nil)

// output is the output of the function.
type output struct{ telemetrytest.Output }

// lines returns all lines, each decoded from JSON.
func (o *output) lines(tb testing.TB) []map[string]any {
	tb.Helper()
	var lines []map[string]any
	scanner := bufio.NewScanner(strings.NewReader(o.String()))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			tb.Fatalf("%s: %v", scanner.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines
}

// line returns the only line with that message.
func (o *output) line(tb testing.TB, message string) map[string]any {
	tb.Helper()
	var found []map[string]any
	for _, line := range o.lines(tb) {
		if line["message"] == message {
			found = append(found, line)
		}
	}
	if len(found) != 1 {
		tb.Fatalf("%d lines have the message %q, want 1: %s", len(found), message, o)
	}
	return found[0]
}

// failures returns how often AuthorizerFailures was counted.
func (o *output) failures(tb testing.TB) int {
	tb.Helper()
	count := 0
	for _, line := range o.lines(tb) {
		if line["AuthorizerFailures"] == 1. && line["_aws"] != nil {
			count++
		}
	}
	return count
}

// newTestHandler returns a handler whose time is sampleTime.
func newTestHandler(out *output, load keySource) *handler {
	now := func() time.Time { return sampleTime }
	log := telemetry.NewRequestLog(out, environment(map[string]string{
		"AWS_LAMBDA_LOG_LEVEL": "DEBUG", "AWS_LAMBDA_FUNCTION_NAME": "authorizer",
	}), now)
	rules := token.Rules{Prefix: caller.DefaultPrefix}
	return &handler{
		verifier: &token.Verifier{Rules: rules, Keys: token.NewKeyring(watch(load, log), now), Now: now},
		now:      now,
		log:      log,
	}
}

func sampleKeySource(tb testing.TB) keySource {
	tb.Helper()
	load, err := environmentKeys(string(readEvent(tb, "keys")))
	if err != nil {
		tb.Fatal(err)
	}
	return load
}

func marshal(tb testing.TB, v any) []byte {
	tb.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestLogLine(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]any{
		"authorizer":                        {"outcome": "allow", "userId": sampleUser, "scope": "users-organizations:write"},
		"authorizer-deny":                   {"outcome": "deny", "reason": "scope", "userId": sampleUser},
		"authorizer-unauthorized-expired":   {"outcome": "unauthorized", "reason": "session.expired"},
		"authorizer-unauthorized-no-bearer": {"outcome": "unauthorized", "reason": "bearer.absent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out output
			h := newTestHandler(&out, sampleKeySource(t))
			clock := sampleTime
			h.now = func() time.Time { // each call takes 7.25 ms
				clock = clock.Add(7250 * time.Microsecond)
				return clock
			}
			ctx := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-2-3") //nolint:revive,staticcheck // aws-lambda-go's key
			_, _ = h.Invoke(ctx, readEvent(t, name))
			line := out.line(t, "authorization")
			if _, err := time.Parse(time.RFC3339, fmt.Sprint(line["timestamp"])); err != nil {
				t.Error(err)
			}
			delete(line, "timestamp")
			maps.Copy(want, map[string]any{
				"level": "INFO", "message": "authorization", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
				"traceId": "Root=1-2-3", "durationMs": 7.25,
			})
			if !maps.Equal(line, want) {
				t.Errorf("logged %v, want %v", line, want)
			}
		})
	}
}

// TestTheEnvironmentReachesTheLog sets the variables that Lambda sets. Without a
// function's name, no alarm sees its metrics.
func TestTheEnvironmentReachesTheLog(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"": 2, "INFO": 2, "ERROR": 1} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			var out output
			h, err := newHandler(t.Context(), environment(map[string]string{
				"AUTH_KEYS": string(readEvent(t, "keys")), "AWS_LAMBDA_FUNCTION_NAME": "the-name", "AWS_LAMBDA_LOG_LEVEL": level,
			}), &out)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = h.Invoke(t.Context(), readEvent(t, "authorizer"))
			_, _ = h.Invoke(t.Context(), []byte("{"))
			logged, counted := 0, 0
			for _, line := range out.lines(t) {
				switch {
				case line["message"] == "authorization":
					logged++
				case line["FunctionName"] == "the-name" && line["AuthorizerFailures"] == 1.:
					counted++
				}
			}
			if logged != want || counted != 1 {
				t.Errorf("%d lines and %d failures of the function, want %d and 1: %s", logged, counted, want, out.String())
			}
		})
	}
}

// TestContextIsReadable reads the context of an Allow policy as the handlers do.
func TestContextIsReadable(t *testing.T) {
	t.Parallel()
	var out output
	data, err := newTestHandler(&out, sampleKeySource(t)).Invoke(t.Context(), readEvent(t, "authorizer"))
	if err != nil {
		t.Fatal(err)
	}
	var response events.APIGatewayCustomAuthorizerResponse
	if err := json.Unmarshal(data, &response); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, value := range response.Context {
		text, ok := value.(string)
		if !ok {
			t.Errorf("%s is a %T, want a string", name, value)
		}
		texts[name] = text
	}
	got, err := caller.FromContext(texts, caller.DefaultPrefix)
	want := token.Holder{UserID: sampleUser, SessionID: sampleSession, ExpiresAt: sampleExpiry.Unix(), Scopes: token.Write}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	bearer, session := "Bearer "+bearerToken(), sessionToken()
	multi := func(pairs ...string) events.APIGatewayCustomAuthorizerRequestTypeRequest {
		e := sampleEvent(sampleARN)
		for pair := range slices.Chunk(pairs, 2) {
			name, value := pair[0], pair[1]
			e.MultiValueHeaders[name] = append(e.MultiValueHeaders[name], value)
			e.Headers[name] = value
		}
		return e
	}
	singleOnly := multi("authorization", bearer, "X-SESSION-TOKEN", session)
	singleOnly.MultiValueHeaders = nil
	hidden := multi("Authorization", bearer, "Authorization", "Bearer x", "x-session-token", session)
	hidden.Headers = map[string]string{"Authorization": bearer, "x-session-token": session}
	onlyInSingle := multi("x-session-token", session)
	onlyInSingle.Headers["Authorization"] = bearer

	for name, c := range map[string]struct {
		event  events.APIGatewayCustomAuthorizerRequestTypeRequest
		reason string
	}{
		"as documented":                      {multi("Authorization", bearer, "x-session-token", session), ""},
		"names in capitals":                  {multi("AUTHORIZATION", bearer, "X-SESSION-TOKEN", session), ""},
		"names in lower case":                {multi("authorization", bearer, "x-session-token", session), ""},
		"no multiValueHeaders":               {singleOnly, ""},
		"scheme in capitals":                 {multi("Authorization", strings.Replace(bearer, "Bearer", "BEARER", 1), "x-session-token", session), ""},
		"scheme in lower case":               {multi("Authorization", strings.Replace(bearer, "Bearer", "bearer", 1), "x-session-token", session), ""},
		"two spaces after the scheme":        {multi("Authorization", strings.Replace(bearer, " ", "  ", 1), "x-session-token", session), ""},
		"a tab after the scheme":             {multi("Authorization", strings.Replace(bearer, " ", "\t", 1), "x-session-token", session), "bearer.scheme"},
		"no scheme":                          {multi("Authorization", bearerToken(), "x-session-token", session), "bearer.scheme"},
		"only the scheme":                    {multi("Authorization", "Bearer", "x-session-token", session), "bearer.scheme"},
		"another scheme":                     {multi("Authorization", "DPoP "+bearerToken(), "x-session-token", session), "bearer.scheme"},
		"the scheme twice":                   {multi("Authorization", "Bearer "+bearer, "x-session-token", session), "bearer.not-base64url"},
		"an empty Authorization":             {multi("Authorization", "", "x-session-token", session), "bearer.scheme"},
		"an empty token":                     {multi("Authorization", "Bearer ", "x-session-token", session), "bearer.not-compact"},
		"an empty session":                   {multi("Authorization", bearer, "x-session-token", ""), "session.not-compact"},
		"a session with a scheme":            {multi("Authorization", bearer, "x-session-token", "Bearer "+session), "session.not-base64url"},
		"no Authorization":                   {multi("x-session-token", session), "bearer.absent"},
		"no session":                         {multi("Authorization", bearer), "session.absent"},
		"Authorization twice":                {multi("Authorization", bearer, "Authorization", bearer, "x-session-token", session), "bearer.doubled"},
		"Authorization in two spellings":     {multi("Authorization", bearer, "authorization", bearer, "x-session-token", session), "bearer.doubled"},
		"session twice":                      {multi("Authorization", bearer, "x-session-token", session, "x-session-token", "x"), "session.doubled"},
		"session in two spellings":           {multi("Authorization", bearer, "x-session-token", session, "X-Session-Token", session), "session.doubled"},
		"the second value only in multi":     {hidden, "bearer.doubled"},
		"two values joined by a comma":       {multi("Authorization", bearer+", "+bearer, "x-session-token", session), "bearer.not-compact"},
		"Authorization only in headers":      {onlyInSingle, "bearer.absent"},
		"a name with a space":                {multi("Authorization ", bearer, "x-session-token", session), "bearer.absent"},
		"the tokens in each other's headers": {multi("Authorization", "Bearer "+session, "x-session-token", bearerToken()), "bearer.unknown-key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out output
			h := newTestHandler(&out, sampleKeySource(t))
			response, err := h.Invoke(t.Context(), marshal(t, c.event))
			want := unauthorized
			if c.reason == "" {
				want = allowed
			}
			checkResponse(t, want, response, err)
			if reason, _ := out.line(t, "authorization")["reason"].(string); reason != c.reason {
				t.Errorf("reason %q, want %q", reason, c.reason)
			}
		})
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	const local = "arn:aws:execute-api:eu-west-3:000000000000:local/main"
	for arn, want := range map[string]string{
		sampleARN: sampleStage,
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/GET/":              sampleStage,
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/GET/a:b/*/../?":    sampleStage,
		"arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abc/test-invoke_1/PUT/": "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:abc/test-invoke_1",
		local + "/POST/x": local,
	} {
		got, err := readResources(arn)
		if want := want + "/*/users-organizations/v1/*"; err != nil || !slices.Equal(got.all(), []string{want}) {
			t.Errorf("readResources(%q).all() = %q, %v, want %q", arn, got.all(), err, want)
		}
	}
	for _, arn := range []string{
		"", "*", "arn", "arn:aws:execute-api:eu-west-3:123456789012:*",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/GET",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main//x",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5//GET/x",
		"arn:aws:execute-api:eu-west-3:123456789012:/main/GET/x",
		"arn:aws:execute-api:eu-west-3:123456789012:*/main/GET/x",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/*/GET/x",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/ma?n/GET/x",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/*/x",
		"arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/get/x",
		"arn:aws:execute-api:eu-west-3:*:a1b2c3d4e5/main/GET/x",
		"arn:aws:execute-api:eu-west-3::a1b2c3d4e5/main/GET/x",
		"arn:aws:execute-api:eu-west-3:12345678901:a1b2c3d4e5/main/GET/x",
		"arn:aws:execute-api:*:123456789012:a1b2c3d4e5/main/GET/x",
		"arn:aws:execute-api::123456789012:a1b2c3d4e5/main/GET/x",
		"arn:aws:*:eu-west-3:123456789012:a1b2c3d4e5/main/GET/x",
		"arn:aws:lambda:eu-west-3:123456789012:a1b2c3d4e5/main/GET/x",
		"arn:*:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/GET/x",
		"urn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/GET/x",
		" arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/GET/x",
	} {
		if got, err := readResources(arn); err == nil {
			t.Errorf("readResources(%q) = %q, want an error", arn, got)
		}
	}
}

// TestScopes lists the methods that each set of scopes allows, and compares the scope
// in the context.
func TestScopes(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]string{
		"users-organizations:read":                                                           "GET",
		"users-organizations:history":                                                        "GET",
		"users-organizations:write":                                                          "GET POST PATCH",
		"users-organizations:delete":                                                         "GET DELETE",
		"users-organizations:delete users-organizations:read":                                "GET DELETE",
		"users-organizations:write users-organizations:delete":                               "GET POST PATCH DELETE",
		"openid users-organizations:read payments:write":                                     "GET",
		"users-organizations:read users-organizations:writer":                                "GET",
		"users-organizations:write my-users-organizations:delete USERS-ORGANIZATIONS:DELETE": "GET POST PATCH",
		"":                               "",
		"openid":                         "",
		"payments:write":                 "",
		"users-organizations:writer":     "",
		"users-organizations":            "",
		"users-organizations:":           "",
		"users-organizations:*":          "",
		`users-organizations:write"`:     "",
		`users-organizations:write\`:     "",
		"users-organizations:write~":     "",
		"users-organizations:read,write": "",
	} {
		t.Run(scope, func(t *testing.T) {
			t.Parallel()
			var out output
			h := newTestHandler(&out, sampleKeySource(t))
			event := sampleEvent(sampleARN, authorization(bearerToken(with("scope", scope))), xSession(sessionToken()))
			data, err := h.Invoke(t.Context(), marshal(t, event))
			if err != nil {
				t.Fatal(err)
			}
			var policy events.APIGatewayCustomAuthorizerResponse
			if err := json.Unmarshal(data, &policy); err != nil {
				t.Fatal(err)
			}
			statement := policy.PolicyDocument.Statement[0]
			if want == "" {
				if statement.Effect != "Deny" || policy.Context != nil {
					t.Errorf("%s, want Deny without a context", data)
				}
				return
			}
			var methods []string
			for _, resource := range statement.Resource {
				method, _, _ := strings.Cut(strings.TrimPrefix(resource, sampleStage+"/"), "/")
				methods = append(methods, method)
			}
			if got := strings.Join(methods, " "); statement.Effect != "Allow" || got != want {
				t.Errorf("%s %s, want Allow %s", statement.Effect, got, want)
			}
			if got, _ := policy.Context["scope"].(string); token.ParseScopes(got, "users-organizations") != token.ParseScopes(scope, "users-organizations") {
				t.Errorf("the scope in the context is %q", got)
			}
		})
	}
}

// TestEventNames compares the names in event with those of the documented event.
func TestEventNames(t *testing.T) {
	t.Parallel()
	full := sampleEvent(sampleARN, authorization("a"), authorization("b"), xSession("c"))
	var got event
	if err := apigateway.Decode(marshal(t, full), &got); err != nil {
		t.Fatal(err)
	}
	if got.MethodARN != full.MethodArn || got.RequestContext.RequestID != full.RequestContext.RequestID {
		t.Errorf("read %+v, want %s and %s", got, full.MethodArn, full.RequestContext.RequestID)
	}
	for header, want := range map[apigateway.Header][]string{
		apigateway.Authorization: full.MultiValueHeaders["Authorization"],
		apigateway.SessionToken:  full.MultiValueHeaders["x-session-token"],
	} {
		if got := got.Values(header); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	down := func(context.Context) (*token.Keys, error) { return nil, errors.New("out of reach") }
	broken := func(context.Context) (*token.Keys, error) { panic(bearerToken()) }
	crashing := func(context.Context) (*token.Keys, error) {
		return nil, errors.New(strings.Fields("")[0])
	}
	good := readEvent(t, "authorizer")
	for name, c := range map[string]struct {
		load          keySource
		payload       []byte
		reason, cause string
	}{
		"the keys cannot be loaded":   {down, good, "keys", "out of reach"},
		"loading panics":              {broken, good, "panic", "a string"},
		"the runtime panics":          {crashing, good, "panic", "index out of range"},
		"no event":                    {nil, nil, "event", "not one complete JSON text"},
		"an event that is not JSON":   {nil, []byte("{"), "event", "not one complete JSON text"},
		"an event that is an array":   {nil, []byte("[]"), "event", "not an object"},
		"headers that are not text":   {nil, []byte(`{"headers":{"Authorization":1}}`), "event", `an unexpected kind in "headers"`},
		"an event that is null":       {nil, []byte("null"), "method-arn", "not the ARN of a method"},
		"an event of another service": {nil, []byte(`{"Records":[]}`), "method-arn", "not the ARN of a method"},
		"an event for a wider policy": {nil, readEvent(t, "authorizer-error-method-arn"), "method-arn", "not the ARN of a method"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out output
			load := c.load
			if load == nil {
				load = sampleKeySource(t)
			}
			response, err := newTestHandler(&out, load).Invoke(t.Context(), c.payload)
			checkResponse(t, failed, response, err)
			line := out.line(t, "authorization")
			cause, _ := line["cause"].(string)
			if line["level"] != "ERROR" || line["outcome"] != "error" || line["reason"] != c.reason || !strings.Contains(cause, c.cause) {
				t.Errorf("logged %v, want reason %s and cause %s", line, c.reason, c.cause)
			}
			if got := out.failures(t); got != 1 {
				t.Errorf("counted %d failures, want 1", got)
			}
			expectNoSecrets(t, out.String(), bearerToken(), sessionToken())
		})
	}
}

// TestTheRuntimeReturnsUnauthorized calls the handler through aws-lambda-go: API
// Gateway compares the error in its JSON.
func TestTheRuntimeReturnsUnauthorized(t *testing.T) {
	t.Parallel()
	var out output
	h := lambda.NewHandler(newTestHandler(&out, sampleKeySource(t)))
	_, err := h.Invoke(t.Context(), readEvent(t, "authorizer-unauthorized-expired"))
	if err == nil || err.Error() != "Unauthorized" {
		t.Errorf("got %v, want Unauthorized and nothing else", err)
	}
}

func TestRefusalsAreNotFailures(t *testing.T) {
	t.Parallel()
	var out output
	h := newTestHandler(&out, sampleKeySource(t))
	for name, s := range samples() {
		if s.outcome != failed {
			_, _ = h.Invoke(t.Context(), readEvent(t, name))
		}
	}
	if got := out.failures(t); got != 0 {
		t.Errorf("counted %d failures, want none: anybody can send an invalid token", got)
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	var out output
	h := newTestHandler(&out, sampleKeySource(t))
	var secrets []string
	for _, s := range samples() {
		secrets = append(secrets, s.event.Headers["Authorization"], s.event.Headers["x-session-token"])
		_, _ = h.Invoke(t.Context(), marshal(t, s.event))
		// Truncated, so that it is not JSON.
		_, _ = h.Invoke(t.Context(), marshal(t, s.event)[:900])
	}
	if lines := len(out.lines(t)); lines < 2*len(samples()) {
		t.Errorf("%d lines for %d requests", lines, 2*len(samples()))
	}
	expectNoSecrets(t, out.String(), secrets...)
}

// expectNoSecrets looks for tokens, each part of them, their claims, and keys.
func expectNoSecrets(tb testing.TB, log string, tokens ...string) {
	tb.Helper()
	secrets := []string{bearerKey.secret, sessionKey.secret, fmt.Sprint(bearerKey.jwk()["k"]), fmt.Sprint(sessionKey.jwk()["k"]), sampleSession}
	for _, text := range tokens {
		secrets = append(secrets, strings.FieldsFunc(strings.TrimPrefix(text, "Bearer "), func(r rune) bool { return r == '.' })...)
	}
	for _, secret := range slices.Compact(slices.Sorted(slices.Values(secrets))) {
		for len(secret) > 8 && strings.Contains(log, secret[:8]) {
			tb.Errorf("the log contains %q: %s", secret, log)
			break
		}
	}
}

func TestFiftyAtOnce(t *testing.T) {
	t.Parallel()
	var out output
	h := newTestHandler(&out, sampleKeySource(t))
	good, bad := readEvent(t, "authorizer"), readEvent(t, "authorizer-unauthorized-wrong-kind")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if i%2 == 0 {
				response, err := h.Invoke(t.Context(), good)
				checkResponse(t, allowed, response, err)
				return
			}
			response, err := h.Invoke(t.Context(), bad)
			checkResponse(t, unauthorized, response, err)
		})
	}
	all.Wait()
	if lines := len(out.lines(t)); lines != 50 {
		t.Errorf("%d lines for 50 requests", lines)
	}
}
