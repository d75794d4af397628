package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/golang-jwt/jwt/v5"
)

var update = flag.Bool("update", false, "write the sample events and their keys anew")

// The sample events were sent at sampleTime. Their tokens are valid until 2100, for
// any function that runs with the sample keys. These are published and protect
// nothing.
var (
	sampleTime   = time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)
	sampleExpiry = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

const (
	sampleUser    = "1234567890"
	sampleSession = "abcdef123456"
	sampleARN     = "arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main/POST/users-organizations/v1/bo/users/register/1/organizations/1"
	// sampleStage is the beginning of each resource of a policy for sampleARN.
	sampleStage = "arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/main"
)

// sampleKey is a published HMAC key.
type sampleKey struct {
	id     string
	secret string
}

var (
	bearerKey  = sampleKey{"sample-bearer-protects-nothing", "published sample key for bearer tokens; it protects nothing"}
	sessionKey = sampleKey{"sample-session-protects-nothing", "published sample key for session tokens; it protects nothing"}
)

func (k sampleKey) jwk() map[string]any {
	return map[string]any{
		"kty": "oct", "alg": "HS256", "use": "sig", "kid": k.id, "k": base64.RawURLEncoding.EncodeToString([]byte(k.secret)),
	}
}

func (k sampleKey) sign(claims jwt.MapClaims) string {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	t.Header["kid"] = k.id
	text, err := t.SignedString([]byte(k.secret))
	if err != nil {
		panic(err)
	}
	return text
}

// signature returns the last part of the token whose other parts are signed.
func (k sampleKey) signature(signed string) string {
	sum, err := jwt.SigningMethodHS256.Sign(signed, []byte(k.secret))
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// sampleKeys returns the content of events/keys.json, in the form of AUTH_KEYS.
func sampleKeys() map[string]any {
	set := func(k sampleKey) any { return map[string]any{"keys": []any{k.jwk()}} }
	return map[string]any{"bearer": set(bearerKey), "session": set(sessionKey)}
}

// bearerToken and sessionToken return valid tokens, edited by change.
func bearerToken(change ...func(jwt.MapClaims)) string {
	claims := jwt.MapClaims{
		"sub": sampleUser, "scope": "users-organizations:write", "iat": sampleTime.Unix(), "exp": sampleExpiry.Unix(),
	}
	for _, c := range change {
		c(claims)
	}
	return bearerKey.sign(claims)
}

func sessionToken(change ...func(jwt.MapClaims)) string {
	claims := jwt.MapClaims{
		"userId": sampleUser, "sessionId": sampleSession, "iat": sampleTime.Unix(), "exp": sampleExpiry.Unix(),
	}
	for _, c := range change {
		c(claims)
	}
	return sessionKey.sign(claims)
}

func with(name string, value any) func(jwt.MapClaims) {
	return func(claims jwt.MapClaims) { claims[name] = value }
}

func without(name string) func(jwt.MapClaims) {
	return func(claims jwt.MapClaims) { delete(claims, name) }
}

// header is one header as the client sent it.
type header struct{ name, value string }

// sampleEvent returns a complete event of a REQUEST authorizer.
func sampleEvent(methodARN string, sent ...header) events.APIGatewayCustomAuthorizerRequestTypeRequest {
	sent = append([]header{
		{"Accept", "*/*"}, {"content-type", "application/json"},
		{"Host", "a1b2c3d4e5.execute-api.eu-west-3.amazonaws.com"}, {"User-Agent", "curl/8.5.0"},
		{"X-Amzn-Trace-Id", "Root=1-6756fd84-1a2b3c4d5e6f708192a3b4c5"}, {"X-Forwarded-For", "203.0.113.7"},
		{"X-Forwarded-Port", "443"}, {"X-Forwarded-Proto", "https"},
	}, sent...)
	single, multi := map[string]string{}, map[string][]string{}
	for _, h := range sent {
		single[h.name] = h.value
		multi[h.name] = append(multi[h.name], h.value)
	}
	const path = "/users-organizations/v1/bo/users/register"
	return events.APIGatewayCustomAuthorizerRequestTypeRequest{
		Type:              "REQUEST",
		MethodArn:         methodARN,
		Resource:          path + "/{userId}/organizations/{organizationId}",
		Path:              path + "/1/organizations/1",
		HTTPMethod:        "POST",
		Headers:           single,
		MultiValueHeaders: multi,
		PathParameters:    map[string]string{"userId": "1", "organizationId": "1"},
		RequestContext: events.APIGatewayCustomAuthorizerRequestTypeRequestContext{
			Path:         "/main" + path + "/1/organizations/1",
			AccountID:    "123456789012",
			ResourceID:   "r3g1st",
			Stage:        "main",
			RequestID:    "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
			Identity:     events.APIGatewayCustomAuthorizerRequestTypeRequestIdentity{SourceIP: "203.0.113.7"},
			ResourcePath: path + "/{userId}/organizations/{organizationId}",
			HTTPMethod:   "POST",
			APIID:        "a1b2c3d4e5",
		},
	}
}

func authorization(text string) header { return header{"Authorization", "Bearer " + text} }
func xSession(text string) header      { return header{"x-session-token", text} }

// sample is an event and the function's decision on it.
type sample struct {
	event   events.APIGatewayCustomAuthorizerRequestTypeRequest
	outcome outcome
	reason  string
}

func samples() map[string]sample {
	refused := func(reason string, sent ...header) sample {
		return sample{sampleEvent(sampleARN, sent...), unauthorized, reason}
	}
	good := []header{authorization(bearerToken()), xSession(sessionToken())}
	signedLike := func(text, other string) string {
		return text[:strings.LastIndexByte(text, '.')] + other[strings.LastIndexByte(other, '.'):]
	}
	return map[string]sample{
		"authorizer":      {sampleEvent(sampleARN, good...), allowed, ""},
		"authorizer-deny": {sampleEvent(sampleARN, authorization(bearerToken(without("scope"))), xSession(sessionToken())), denied, "scope"},
		"authorizer-error-method-arn": {
			sampleEvent("arn:aws:execute-api:eu-west-3:123456789012:*/*/POST/", good...), failed, "method-arn",
		},
		"authorizer-unauthorized-no-bearer":     refused("bearer.absent", xSession(sessionToken())),
		"authorizer-unauthorized-no-session":    refused("session.absent", authorization(bearerToken())),
		"authorizer-unauthorized-scheme":        refused("bearer.scheme", header{"Authorization", "Basic dXNlcjpwYXNz"}, xSession(sessionToken())),
		"authorizer-unauthorized-doubled":       refused("bearer.doubled", authorization(bearerToken()), authorization(bearerToken()), xSession(sessionToken())),
		"authorizer-unauthorized-two-spellings": refused("session.doubled", authorization(bearerToken()), xSession(sessionToken()), header{"X-Session-Token", sessionToken()}),
		"authorizer-unauthorized-no-token":      refused("bearer.not-compact", authorization("secret"), xSession(sessionToken())),
		"authorizer-unauthorized-signature":     refused("bearer.signature", authorization(signedLike(bearerToken(), sessionToken())), xSession(sessionToken())),
		"authorizer-unauthorized-wrong-kind":    refused("bearer.unknown-key", authorization(sessionToken()), xSession(sessionToken())),
		"authorizer-unauthorized-expired":       refused("session.expired", authorization(bearerToken()), xSession(sessionToken(with("exp", sampleTime.Add(-time.Hour).Unix())))),
		"authorizer-unauthorized-other-user":    refused("session.other-user", authorization(bearerToken()), xSession(sessionToken(with("userId", "1")))),
	}
}

// readEvent returns the sample of that name, or the sample keys, as JSON.
func readEvent(tb testing.TB, name string) []byte {
	tb.Helper()
	var content any = sampleKeys()
	if name != "keys" {
		sample, known := samples()[name]
		if !known {
			tb.Fatalf("there is no sample event %s", name)
		}
		content = sample.event
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		tb.Fatal(err)
	}
	return text.Bytes()
}

// TestSampleFiles compares the files in events/, for sam local and the local system,
// with the samples.
func TestSampleFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"authorizer", "keys"} {
		file := filepath.Join("..", "..", "events", name+".json")
		want := readEvent(t, name)
		if *update {
			if err := os.WriteFile(file, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date, %v: run go test ./functions/authorizer -run %s -update", file, err, t.Name())
		}
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for name, s := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out output
			h := startWithSampleKeys(t, &out)
			response, err := h.Invoke(t.Context(), readEvent(t, name))
			checkResponse(t, s.outcome, response, err)
			line := out.line(t, "authorization")
			reason, _ := line["reason"].(string)
			if line["outcome"] != string(s.outcome) || reason != s.reason {
				t.Errorf("logged %v, want outcome %s and reason %q", line, s.outcome, s.reason)
			}
		})
	}
}

// checkResponse compares the whole response to a sample with that of its outcome.
func checkResponse(t *testing.T, want outcome, response []byte, err error) {
	t.Helper()
	policy := func(effect, resources, context string) string {
		return fmt.Sprintf(`{"principalId":%q,"policyDocument":{"Version":"2012-10-17","Statement":[`+
			`{"Action":["execute-api:Invoke"],"Effect":%q,"Resource":[%s]}]}%s}`, sampleUser, effect, resources, context)
	}
	wantResponse, wantErr := "", "<nil>"
	switch want {
	case allowed:
		wantResponse = policy("Allow", sampleResources("GET", "POST", "PATCH"), fmt.Sprintf(`,"context":{"expiresAt":"%d","scope":"users-organizations:write","sessionId":%q,"userId":%q}`,
			sampleExpiry.Unix(), sampleSession, sampleUser))
	case denied:
		wantResponse = policy("Deny", sampleResources("*"), "")
	case unauthorized:
		wantErr = "Unauthorized"
	default:
		wantErr = "the authorizer failed"
	}
	if string(response) != wantResponse || fmt.Sprint(err) != wantErr {
		t.Errorf("responded %s, %v\nwant %s, %s", response, err, wantResponse, wantErr)
	}
}

// sampleResources returns the routes of the service for these methods, as JSON.
func sampleResources(methods ...string) string {
	var all []string
	for _, method := range methods {
		all = append(all, fmt.Sprintf(`"%s/%s/users-organizations/v1/*"`, sampleStage, method))
	}
	return strings.Join(all, ",")
}

// environment returns a getenv for a map.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func startWithSampleKeys(tb testing.TB, out *output) lambda.Handler {
	tb.Helper()
	h, err := newHandler(tb.Context(), environment(map[string]string{
		"AUTH_KEYS":                string(readEvent(tb, "keys")),
		"AWS_LAMBDA_FUNCTION_NAME": "authorizer",
	}), out)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}
