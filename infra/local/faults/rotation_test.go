package faults_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"users-organizations/infra/local/gateway"
	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/localtest"
	"users-organizations/infra/local/template"
)

// These tests show what callers see while an operator changes the keys, by mistake
// too. The real authorizer runs behind the gateway, with an imitated Secrets
// Manager. functions/authorizer tests what takes minutes, on a clock of its own.

type signingKey struct{ id, secret string }

var (
	sessionKey = signingKey{"session", "the key of session tokens, 32 bytes or more"}
	oldKey     = signingKey{"old", "the old key of bearer tokens, 32 bytes or more"}
	newKey     = signingKey{"new", "the new key of bearer tokens, 32 bytes or more"}
	unknownKey = signingKey{"unknown", "a key that is in no secret, 32 bytes or more"}
)

// set is the JWK Set of keys.
func set(keys ...signingKey) string {
	var jwks []string
	for _, k := range keys {
		jwks = append(jwks, fmt.Sprintf(`{"kty":"oct","alg":"HS256","kid":%q,"k":%q}`, k.id, encoded(k)))
	}
	return `{"keys":[` + strings.Join(jwks, ",") + `]}`
}

func encoded(k signingKey) string { return base64.RawURLEncoding.EncodeToString([]byte(k.secret)) }

func (k signingKey) sign(t testing.TB, claims jwt.MapClaims) string {
	t.Helper()
	claims["iat"], claims["exp"] = time.Now().Unix(), time.Now().Add(time.Hour).Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	token.Header["kid"] = k.id
	text, err := token.SignedString([]byte(k.secret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// vault imitates Secrets Manager. It does not respond while bearer is empty.
type vault struct {
	mu     sync.Mutex
	bearer string
	loads  int
}

func (v *vault) put(bearer string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.bearer = bearer
}

// takeLoads gives how often the bearer keys were loaded since its last call.
func (v *vault) takeLoads() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.loads
	v.loads = 0
	return n
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct{ SecretId string } //nolint:revive // the service's name
	_ = json.NewDecoder(r.Body).Decode(&asked)
	v.mu.Lock()
	defer v.mu.Unlock()
	secret := set(sessionKey)
	if asked.SecretId == "bearer" {
		v.loads++
		secret = v.bearer
	}
	if v.bearer == "" {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_, _ = fmt.Fprintf(w, `{"SecretString":%q}`, secret)
}

// service is the gateway, the authorizer and register, with a vault.
type service struct {
	*vault
	url      string
	sessions atomic.Int64
}

func startService(t *testing.T, bearer string) *service {
	t.Helper()
	s := &service{vault: &vault{bearer: bearer}}
	secretsManager := httptest.NewServer(s.vault)
	t.Cleanup(secretsManager.Close)
	declared, err := template.Read("../../../template.yaml", template.Names{"MembershipsTable": localtest.TableName})
	if err != nil {
		t.Fatal(err)
	}
	logs := &localtest.Logs{}
	authorizer := lambda.New(lambda.Config{
		Name:        "AuthorizerFunction",
		Binary:      binaries["authorizer"],
		MemorySize:  256,
		Timeout:     3 * time.Second,
		Concurrency: 1,
		Environment: map[string]string{
			"AUTH_BEARER_KEYS_SECRET_ID": "bearer", "AUTH_SESSION_KEYS_SECRET_ID": "session",
			"AWS_ENDPOINT_URL_SECRETS_MANAGER": secretsManager.URL,
		},
		Output: logs,
		Log:    log.New(io.Discard, "", 0),
	})
	t.Cleanup(func() {
		authorizer.Close()
		logs.CheckSecrets(t, encoded(sessionKey), encoded(oldKey), encoded(newKey), rubbish)
	})
	server := httptest.NewServer(gateway.New(declared.API, map[string]gateway.Function{
		"AuthorizerFunction": authorizer,
		"RegisterFunction":   localtest.Start(t, binaries["register"], endpoint, 1, io.Discard, nil),
	}, slog.New(slog.DiscardHandler), time.Now))
	t.Cleanup(server.Close)
	s.url = server.URL + "/main"
	return s
}

// call registers a new pair with new tokens, for which the gateway has no cached
// policy, and gives the response's status and Retry-After.
func (s *service) call(t *testing.T, key signingKey) (status int, retryAfter string) {
	t.Helper()
	r := request()
	call, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+r.Path(), strings.NewReader(r.Body()))
	if err != nil {
		t.Fatal(err)
	}
	session := jwt.MapClaims{"userId": "1", "sessionId": fmt.Sprint(s.sessions.Add(1))}
	call.Header = http.Header{
		"Authorization":   {"Bearer " + key.sign(t, jwt.MapClaims{"sub": "1", "scope": "users-organizations:write"})},
		"X-Session-Token": {sessionKey.sign(t, session)},
		"Content-Type":    {"application/json"},
	}
	response, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, response.Header.Get("Retry-After")
}

const rubbish = "-----BEGIN RUBBISH-----"

// TestRotation changes the secret under a running service.
func TestRotation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// before and after are the secret of bearer keys.
		before, after string
		// new and old are the statuses for tokens of those keys afterwards, in this
		// order.
		new, old int
		// loads is how often those calls made the service load the bearer keys.
		loads int
	}{
		"a key added: tokens of both keys are accepted at once":                  {set(oldKey), set(oldKey, newKey), 201, 201, 1},
		"a key replaced: the old one's tokens are refused once a new one came":   {set(oldKey), set(newKey), 201, 401, 1},
		"a secret out of reach: the last keys stay valid, an unknown one is 503": {set(oldKey), "", 503, 201, 2},
		"rubbish in the secret: the last keys stay valid, an unknown one is 503": {set(oldKey), rubbish, 503, 201, 1},
		"the session's keys in the secret: the last keys stay valid":             {set(oldKey), set(sessionKey), 503, 201, 1},
		"a secret out of reach from the start: 503 for all":                      {"", "", 503, 503, 4},
		"a secret in reach again: 201 at the next call":                          {"", set(oldKey, newKey), 201, 201, 1},
		"rubbish from the start: the function does not start, 503 for all":       {rubbish, rubbish, 503, 503, 2},
		"rubbish from the start, then mended: 201 at the next call":              {rubbish, set(oldKey, newKey), 201, 201, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, c.before)
			want := 201
			if c.before != set(oldKey) {
				want = 503
			}
			if status, _ := s.call(t, oldKey); status != want {
				t.Fatalf("before: %d, want %d", status, want)
			}
			s.put(c.after)
			s.takeLoads()
			for _, step := range []struct {
				key  signingKey
				want int
			}{{newKey, c.new}, {oldKey, c.old}} {
				status, retryAfter := s.call(t, step.key)
				if status != step.want || (step.want == 503) != (retryAfter == "1") {
					t.Errorf("the %s key: %d, Retry-After %q, want %d", step.key.id, status, retryAfter, step.want)
				}
			}
			if n := s.takeLoads(); n != c.loads {
				t.Errorf("the keys were loaded %d times, want %d", n, c.loads)
			}
		})
	}
}

// TestStormOfUnknownKeys sends many tokens of an unknown key to one process. All are
// refused, the keys are loaded once, and valid tokens in between are accepted.
func TestStormOfUnknownKeys(t *testing.T) {
	t.Parallel()
	s := startService(t, set(oldKey))
	if status, _ := s.call(t, oldKey); status != 201 {
		t.Fatalf("before: %d", status)
	}
	s.takeLoads()
	for i := range 100 {
		key, want := unknownKey, 401
		if i%10 == 0 {
			key, want = oldKey, 201
		}
		if status, _ := s.call(t, key); status != want {
			t.Errorf("the %s key: %d, want %d", key.id, status, want)
		}
	}
	if n := s.takeLoads(); n != 1 {
		t.Errorf("the keys were loaded %d times, want once", n)
	}
}
