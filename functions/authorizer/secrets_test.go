package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/token"
)

// secretsManager imitates the service on loopback. It has secrets, each as text or as
// bytes, or fails as failWith says.
type secretsManager struct {
	*httptest.Server

	mu      sync.Mutex
	secrets map[string]any
	fail    http.HandlerFunc
	asked   []string
}

func startSecretsManager(t *testing.T) *secretsManager {
	t.Helper()
	s := &secretsManager{secrets: map[string]any{
		"bearer-keys":  string(marshal(t, bearerKey.jwk())),
		"session-keys": string(marshal(t, map[string]any{"keys": []any{sessionKey.jwk()}})),
	}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *secretsManager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ SecretId string } //nolint:revive // the service's name
	err := json.NewDecoder(r.Body).Decode(&in)
	s.mu.Lock()
	s.asked = append(s.asked, in.SecretId)
	secret, known := s.secrets[in.SecretId]
	fail := s.fail
	s.mu.Unlock()
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case fail != nil:
		fail(w, r)
	case err != nil || !signed || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue":
		problem(w, http.StatusForbidden, "AccessDeniedException")
	case !known:
		problem(w, http.StatusBadRequest, "ResourceNotFoundException")
	default:
		member := "SecretString"
		if _, binary := secret.([]byte); binary {
			member = "SecretBinary"
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"Name": in.SecretId, member: secret}); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

func problem(w http.ResponseWriter, status int, name string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"__type":%q,"Message":"imitated"}`, name)
}

// setBearer replaces the secret with the keys of bearer tokens.
func (s *secretsManager) setBearer(secret any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets["bearer-keys"] = secret
}

func (s *secretsManager) failWith(fail http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// takeAsked returns the secrets that were read since the last call.
func (s *secretsManager) takeAsked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := strings.Join(s.asked, ", then ")
	s.asked = nil
	return asked
}

// variables returns those of a deployed function, with the endpoint of the imitation.
func variables(endpoint string) map[string]string {
	return map[string]string{
		"AUTH_BEARER_KEYS_SECRET_ID":       "bearer-keys",
		"AUTH_SESSION_KEYS_SECRET_ID":      "session-keys",
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint,
		"AWS_REGION":                       "eu-west-3",
		"AWS_ACCESS_KEY_ID":                "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":            "secret",
		"AWS_LAMBDA_FUNCTION_NAME":         "authorizer",
	}
}

func TestKeysFromSecrets(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]any{"text": string(marshal(t, bearerKey.jwk())), "binary": marshal(t, bearerKey.jwk())} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSecretsManager(t)
			s.setBearer(secret)
			var out output
			h, err := newHandler(t.Context(), environment(variables(s.URL)), &out)
			if err != nil {
				t.Fatal(err)
			}
			if asked := s.takeAsked(); asked != "bearer-keys, then session-keys" {
				t.Errorf("the start asked for %q, want each secret once", asked)
			}
			for range 3 {
				response, err := h.Invoke(t.Context(), readEvent(t, "authorizer"))
				checkResponse(t, allowed, response, err)
			}
			if asked := s.takeAsked(); asked != "" {
				t.Errorf("requests asked for %q, want nothing", asked)
			}
		})
	}
}

// TestSecretsOutOfReachAtTheStart: the function starts, and each request tries again.
func TestSecretsOutOfReachAtTheStart(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]http.HandlerFunc{
		"denied": func(w http.ResponseWriter, _ *http.Request) {
			problem(w, http.StatusBadRequest, "AccessDeniedException")
		},
		"not found": func(w http.ResponseWriter, _ *http.Request) {
			problem(w, http.StatusBadRequest, "ResourceNotFoundException")
		},
		"failing": func(w http.ResponseWriter, _ *http.Request) {
			problem(w, http.StatusInternalServerError, "InternalServiceError")
		},
		"throttled": func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusBadRequest, "ThrottlingException") },
		"reset":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"truncated": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"SecretString":"{\"k\":\"%s`, bearerKey.jwk()["k"])
		},
		"not JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSecretsManager(t)
			s.failWith(fail)
			var out output
			h, err := newHandler(t.Context(), environment(variables(s.URL)), &out)
			if err != nil {
				t.Fatal(err)
			}
			if cause, _ := out.line(t, "keys not loaded")["cause"].(string); !strings.Contains(cause, "secret bearer-keys") {
				t.Errorf("the start logged %q, want the secret named", cause)
			}
			if got := out.failures(t); got != 1 {
				t.Errorf("counted %d failures at the start, want 1", got)
			}
			response, err := h.Invoke(t.Context(), readEvent(t, "authorizer"))
			checkResponse(t, failed, response, err)
			if got := out.failures(t); got != 2 {
				t.Errorf("counted %d failures after one request, want 2", got)
			}
			if reason := out.line(t, "authorization")["reason"]; reason != "keys" {
				t.Errorf("reason %v, want keys", reason)
			}
			s.failWith(nil)
			response, err = h.Invoke(t.Context(), readEvent(t, "authorizer"))
			checkResponse(t, allowed, response, err)
			expectNoSecrets(t, out.String(), bearerToken(), sessionToken())
		})
	}
}

func TestSecretsThatBreakARuleAtTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ bearer, want string }{
		"not JSON":       {"-----BEGIN PUBLIC KEY-----", "the bearer document is not one complete JSON text"},
		"an empty set":   {`{"keys":[]}`, "the bearer set must hold at least one key"},
		"no kid":         {`{"kty":"oct","alg":"HS256","k":"x"}`, "key number 1 of the bearer set needs a kid"},
		"a short key":    {`{"kty":"oct","alg":"HS256","kid":"mine","k":"c2hvcnQ"}`, `key "mine" of the bearer set has 5 bytes`},
		"the other keys": {string(marshal(t, sessionKey.jwk())), `is the same key as "sample-session-protects-nothing" of the session set`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSecretsManager(t)
			s.setBearer(c.bearer)
			var out output
			_, err := newHandler(t.Context(), environment(variables(s.URL)), &out)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "secrets bearer-keys and session-keys") {
				t.Errorf("got %v, want it to name the secrets and say %q", err, c.want)
			}
			if got := out.failures(t); got != 1 {
				t.Errorf("counted %d failures, want 1: an alarm watches them", got)
			}
			expectNoSecrets(t, fmt.Sprint(err)+out.String())
		})
	}
}

// TestRotationOfSecrets follows the keys through a rotation, a mistake and an outage.
//
//nolint:tparallel // each step follows from the one before
func TestRotationOfSecrets(t *testing.T) {
	t.Parallel()
	s := startSecretsManager(t)
	var out output
	load, err := newKeySource(func(name string) string { return variables(s.URL)[name] })
	if err != nil {
		t.Fatal(err)
	}
	h := newTestHandler(&out, load)
	clock := sampleTime
	h.verifier.Keys = token.NewKeyring(watch(load, h.log), func() time.Time { return clock })
	next := sampleKey{"next", "another published sample key, which protects nothing either"}
	tokens := map[string]string{"old": bearerToken(), "new": next.sign(map[string]any{
		"sub": sampleUser, "scope": "users-organizations:write", "iat": sampleTime.Unix(), "exp": sampleExpiry.Unix(),
	})}
	both := func(keys ...sampleKey) string {
		var jwks []any
		for _, k := range keys {
			jwks = append(jwks, k.jwk())
		}
		return string(marshal(t, map[string]any{"keys": jwks}))
	}
	for _, step := range []struct {
		name     string
		do       func()
		wait     time.Duration
		old, new outcome
	}{
		{"before", func() {}, 0, allowed, unauthorized},
		{"the new key added", func() { s.setBearer(both(bearerKey, next)) }, token.Pause + time.Second, allowed, allowed},
		{"the old key removed, not yet seen", func() { s.setBearer(both(next)) }, time.Second, allowed, allowed},
		{"the old key removed", func() {}, token.MaxAge, unauthorized, allowed},
		{"rubbish in the secret", func() { s.setBearer("rubbish") }, token.MaxAge + time.Second, failed, allowed},
		{"out of reach", func() { s.Config.SetKeepAlivesEnabled(false); s.failWith(unavailable) }, time.Minute, failed, allowed},
		{"out of reach for long", func() {}, token.MaxStale, failed, failed},
		{"back again", func() { s.failWith(nil); s.setBearer(both(next)) }, 0, unauthorized, allowed},
	} {
		step.do()
		clock = clock.Add(step.wait)
		// The new key first: as an unknown key, it causes a reload.
		for _, c := range []struct {
			token string
			want  outcome
		}{{"new", step.new}, {"old", step.old}} {
			response, err := h.Invoke(t.Context(), marshal(t, sampleEvent(sampleARN, authorization(tokens[c.token]), xSession(sessionToken()))))
			t.Run(step.name+"/"+c.token, func(t *testing.T) { checkResponse(t, c.want, response, err) })
		}
	}
	expectNoSecrets(t, out.String(), tokens["old"], tokens["new"], next.secret)
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	problem(w, http.StatusServiceUnavailable, "ServiceUnavailable")
}

// TestAStormOfUnknownKeysLoadsOnce sends many tokens with unknown keys at once.
func TestAStormOfUnknownKeysLoadsOnce(t *testing.T) {
	t.Parallel()
	s := startSecretsManager(t)
	var out output
	h, err := newHandler(t.Context(), environment(variables(s.URL)), &out)
	if err != nil {
		t.Fatal(err)
	}
	s.takeAsked()
	payload := readEvent(t, "authorizer-unauthorized-wrong-kind")
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			response, err := h.Invoke(t.Context(), payload)
			checkResponse(t, unauthorized, response, err)
		})
	}
	all.Wait()
	if asked := s.takeAsked(); asked != "bearer-keys, then session-keys" {
		t.Errorf("the storm asked for %q, want each secret once", asked)
	}
}

// TestAttempts counts the attempts at a failing service, with and without the SDK's
// new way of retrying.
func TestAttempts(t *testing.T) {
	for _, newRetries := range []string{"", "true", "false"} {
		t.Run("AWS_NEW_RETRIES_2026="+newRetries, func(t *testing.T) {
			t.Setenv("AWS_NEW_RETRIES_2026", newRetries)
			if newRetries == "" {
				_ = os.Unsetenv("AWS_NEW_RETRIES_2026")
			}
			s := startSecretsManager(t)
			s.failWith(unavailable)
			var out output
			h, err := newHandler(t.Context(), environment(variables(s.URL)), &out)
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				s.takeAsked()
				response, err := h.Invoke(t.Context(), readEvent(t, "authorizer"))
				checkResponse(t, failed, response, err)
				if asked := s.takeAsked(); asked != "bearer-keys, then bearer-keys" {
					t.Errorf("asked for %q, want the first secret twice", asked)
				}
			}
		})
	}
}

func TestTwoLoadsLeaveTimeToRespond(t *testing.T) {
	t.Parallel()
	const functionTime, room = 3 * time.Second, 500 * time.Millisecond
	if two := 2 * secretLimits.Longest(); two+room > functionTime {
		t.Errorf("two loads take up to %v of the function's %v", two, functionTime)
	}
}

// hanging never responds. Each attempt ends after its time, as with awsclient.Client.
type hanging struct{ http.Handler }

func (h hanging) Do(r *http.Request) (*http.Response, error) {
	h.ServeHTTP(httptest.NewRecorder(), r)
	ctx, cancel := context.WithTimeout(r.Context(), secretLimits.Attempt)
	defer cancel()
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAHangingServiceHasTwoAttemptsInTime(t *testing.T) {
	t.Parallel()
	s := startSecretsManager(t)
	cfg, err := awsclient.Config(func(name string) string { return variables(s.URL)[name] }, endpointVariable, secretLimits)
	if err != nil {
		t.Fatal(err)
	}
	cfg.HTTPClient = hanging{s}
	synctest.Test(t, func(t *testing.T) {
		load := secrets{client: secretsmanager.NewFromConfig(cfg), bearer: "bearer-keys", session: "session-keys"}.load
		start := time.Now()
		if _, err := load(t.Context()); err == nil {
			t.Error("keys were loaded from a service that never responds")
		}
		if took := time.Since(start); took > secretLimits.Longest() {
			t.Errorf("took %v, want %v at most", took, secretLimits.Longest())
		}
	})
	if asked := s.takeAsked(); asked != "bearer-keys, then bearer-keys" {
		t.Errorf("asked for %q, want the first secret twice", asked)
	}
}

// slowly responds as its handler does, when the time for one secret is nearly over.
type slowly struct{ http.Handler }

func (s slowly) Do(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(secretLimits.Longest() - time.Millisecond):
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result(), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func TestTwoSlowSecretsHaveTheTimeOfOne(t *testing.T) {
	t.Parallel()
	s := startSecretsManager(t)
	cfg, err := awsclient.Config(func(name string) string { return variables(s.URL)[name] }, endpointVariable, secretLimits)
	if err != nil {
		t.Fatal(err)
	}
	cfg.HTTPClient = slowly{s}
	synctest.Test(t, func(t *testing.T) {
		load := secrets{client: secretsmanager.NewFromConfig(cfg), bearer: "bearer-keys", session: "session-keys"}.load
		start := time.Now()
		if _, err := load(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("load: %v, want the deadline", err)
		}
		if took := time.Since(start); took != secretLimits.Longest() {
			t.Errorf("took %v, want %v", took, secretLimits.Longest())
		}
	})
	if asked := s.takeAsked(); asked != "bearer-keys" {
		t.Errorf("read %q, want the first secret only", asked)
	}
}
