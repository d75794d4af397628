package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/pkg/apigateway"
)

// FuzzAuthorizer sends any event.
func FuzzAuthorizer(f *testing.F) {
	for name := range samples() {
		f.Add(readEvent(f, name))
	}
	load := sampleKeySource(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		checkInvocation(t, load, payload)
	})
}

// FuzzRequest sends a complete event, with anything in the parts that a caller or a
// gateway sets.
func FuzzRequest(f *testing.F) {
	for _, s := range samples() {
		f.Add(s.event.MethodArn, "Authorization", s.event.Headers["Authorization"], s.event.Headers["x-session-token"])
	}
	f.Add("arn:aws:execute-api:*:123456789012:*/*/*/*", "authorization", "Bearer "+bearerToken(), sessionToken())
	f.Add(sampleARN, "AUTHORIZATION", "bearer  "+bearerToken(without("scope")), sessionToken())
	load := sampleKeySource(f)
	f.Fuzz(func(t *testing.T, methodARN, name, credentials, session string) {
		checkInvocation(t, load, marshal(t, sampleEvent(methodARN, header{name, credentials}, xSession(session))))
	})
}

// checkInvocation fails the test on a panic, on a policy for tokens that our keys did
// not sign, and on a policy for more than this service.
func checkInvocation(t *testing.T, load keySource, payload []byte) {
	t.Helper()
	var out output
	data, err := newTestHandler(&out, load).Invoke(t.Context(), payload)
	if strings.Contains(out.String(), `"reason":"panic"`) {
		t.Errorf("%q: %s", payload, out.String())
	}
	if err != nil {
		if data != nil || !errors.Is(err, errUnauthorized) && !errors.Is(err, errFailed) {
			t.Errorf("%q: %s, %v", payload, data, err)
		}
		return
	}
	var response events.APIGatewayCustomAuthorizerResponse
	if err := json.Unmarshal(data, &response); err != nil {
		t.Fatal(err)
	}
	statement := response.PolicyDocument.Statement
	if len(statement) != 1 || len(statement[0].Resource) == 0 {
		t.Fatalf("%q: a policy of %+v", payload, statement)
	}
	// A Deny covers every method.
	wildcards := map[string]int{effectAllow: 1, effectDeny: 2}[statement[0].Effect]
	for _, resource := range statement[0].Resource {
		if strings.Count(resource, "*") != wildcards || !strings.HasSuffix(resource, "/users-organizations/v1/*") {
			t.Errorf("%q: a policy for %s", payload, resource)
		}
	}
	var e event
	if err := apigateway.Decode(payload, &e); err != nil {
		t.Fatal(err)
	}
	bearer, session, refusal := e.tokens()
	if refusal != nil || !bearerKey.signed(bearer) || !sessionKey.signed(session) {
		t.Errorf("%q: a policy for tokens that our keys did not sign", payload)
	}
	if response.PrincipalID != sampleUser {
		t.Errorf("%q: a policy for %q", payload, response.PrincipalID)
	}
}

// signed says whether the key has signed a token.
func (k sampleKey) signed(text string) bool {
	dot := strings.LastIndexByte(text, '.')
	return dot >= 0 && text[dot+1:] == k.signature(text[:dot])
}
