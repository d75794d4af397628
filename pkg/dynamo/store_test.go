package dynamo

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/membership"
)

func amazonError(status int, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.dynamodb.v20120810#`+kind+`","message":"said by DynamoDB"}`)
	}
}

// amazonErrorLater asks for a pause that is longer than all attempts together.
func amazonErrorLater(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amz-Retry-After", "4000")
	amazonError(503, "ServiceUnavailable")(w, r)
}

func raw(response string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = conn.Close() }()
		if tcp, ok := conn.(*net.TCPConn); ok && response == "reset" {
			_ = tcp.SetLinger(0)
			return
		}
		_, _ = io.WriteString(conn, response)
	}
}

// TestFaults lists the faults that a caller may retry and those that last, and the
// number of attempts. Each fault hits the last call of each method of the store.
func TestFaults(t *testing.T) {
	for _, retries := range []string{"", "true"} {
		t.Run("AWS_NEW_RETRIES_2026="+retries, func(t *testing.T) {
			t.Setenv("AWS_NEW_RETRIES_2026", retries)
			for name, c := range map[string]struct {
				serve       http.HandlerFunc
				unavailable bool
				calls       int
			}{
				"throttled by the table":   {amazonError(400, "ProvisionedThroughputExceededException"), true, 3},
				"throttled by the account": {amazonError(400, "RequestLimitExceeded"), true, 3},
				"throttled":                {amazonError(400, "ThrottlingException"), true, 3},
				"another's transaction":    {amazonError(400, "TransactionConflictException"), true, 1},
				"internal server error":    {amazonError(500, "InternalServerError"), true, 3},
				"service unavailable":      {amazonError(503, "ServiceUnavailable"), true, 3},
				"a longer pause wanted":    {amazonErrorLater, true, 3},
				"a proxy's 502":            {raw("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops"), true, 3},
				"reset":                    {raw("reset"), true, 3},
				"closed, no response":      {raw(""), true, 3},
				"a truncated response":     {raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Attr"), true, 3},
				"a truncated refusal":      {raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 200\r\n\r\n{\"__type\":\"com.amazonaws.dynamodb.v20120810#Cond"), true, 3},
				"200 and nothing":          {raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), true, 3},
				"204":                      {raw("HTTP/1.1 204 No Content\r\n\r\n"), true, 3},
				"a wrong checksum":         {raw("HTTP/1.1 200 OK\r\nX-Amz-Crc32: 1\r\nContent-Length: 2\r\n\r\n{}"), true, 3},
				"a refusal, and a wrong checksum": {
					raw("HTTP/1.1 400 Bad Request\r\nX-Amz-Crc32: 1\r\nContent-Length: 52\r\n\r\n{\"__type\":\"x#ConditionalCheckFailedException\"      }"), true, 3,
				},
				"a redirect":                 {raw("HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), true, 1},
				"a proxy's 408":              {raw("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"), true, 1},
				"a proxy's 429":              {raw("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\noops"), true, 1},
				"a proxy's 403":              {raw("HTTP/1.1 403 Forbidden\r\nContent-Length: 15\r\n\r\n<html>no</html>"), true, 1},
				"a response that isn't JSON": {raw("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noops"), true, 1},
				"not HTTP":                   {raw("220 smtp.example.com ESMTP\r\n"), true, 3},
				"no rights":                  {amazonError(400, "AccessDeniedException"), false, 1},
				"no table":                   {amazonError(400, "ResourceNotFoundException"), false, 1},
				"an invalid request":         {amazonError(400, "ValidationException"), false, 1},
				"a wrong clock":              {amazonError(400, "InvalidSignatureException"), false, 1},
				"credentials expired":        {amazonError(400, "ExpiredTokenException"), false, 1},
				"condition failed, no item":  {amazonError(400, "ConditionalCheckFailedException"), false, 1},
			} {
				for call, target := range targets {
					t.Run(call+"/"+name, func(t *testing.T) {
						isLast := func(r *http.Request) bool {
							return strings.HasSuffix(r.Header.Get("X-Amz-Target"), target[len(target)-1])
						}
						server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if isLast(r) {
								c.serve(w, r)
							} else {
								respond(w, r)
							}
						}))
						defer server.Close()
						// Counted here: where the server has closed the connection, the next
						// attempt may fail before it reaches the server.
						calls := 0
						cfg := config(t)
						send := cfg.HTTPClient.Do
						cfg.HTTPClient = httpClient(func(r *http.Request) (*http.Response, error) {
							if isLast(r) {
								calls++
							}
							return send(r)
						})
						cfg.BaseEndpoint = aws.String(server.URL)
						client, _, err := NewClient(t.Context(), cfg)
						if err != nil {
							t.Fatal(err)
						}
						err = do[call](t.Context(), NewStore(client, tableName, indexName))
						if err == nil || errors.Is(err, membership.ErrUnavailable) != c.unavailable {
							t.Errorf("got %v, want unavailable: %v", err, c.unavailable)
						}
						if calls != c.calls {
							t.Errorf("%d calls, want %d", calls, c.calls)
						}
					})
				}
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	server.Close()
	if _, err := open(t, server.URL).Create(t.Context(), sample(1)); !errors.Is(err, membership.ErrUnavailable) {
		t.Errorf("Create = %v, want ErrUnavailable", err)
	}
}

// httpClient is an aws.HTTPClient that needs no network.
type httpClient func(*http.Request) (*http.Response, error)

func (do httpClient) Do(r *http.Request) (*http.Response, error) { return do(r) }

func TestHalfASecondIsLeftToRespond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, err := awsclient.Config(environment, endpointVariable, Limits)
		if err != nil {
			t.Fatal(err)
		}
		cfg.HTTPClient = httpClient(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		client, _, err := NewClient(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := NewStore(client, tableName, indexName).Create(ctx, sample(1)); !errors.Is(err, membership.ErrUnavailable) {
			t.Errorf("Create = %v, want ErrUnavailable", err)
		}
		if took := time.Since(start); took != 4500*time.Millisecond {
			t.Errorf("ended after %v of 5 s, want 500 ms left", took)
		}
	})
}

// TestTheRegionsOwnEndpoint has no configured endpoint, as in production.
func TestTheRegionsOwnEndpoint(t *testing.T) {
	t.Parallel()
	cfg, err := awsclient.Config(environment, endpointVariable, Limits)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Region = "eu-central-1"
	var asked *http.Request
	cfg.HTTPClient = httpClient(func(r *http.Request) (*http.Response, error) {
		asked = r
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	})
	client, endpoint, err := NewClient(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	const want = "https://dynamodb.eu-central-1.amazonaws.com"
	if endpoint != want {
		t.Errorf("the endpoint is %s, want %s", endpoint, want)
	}
	if _, err := NewStore(client, tableName, indexName).Create(t.Context(), sample(1)); err != nil {
		t.Fatal(err)
	}
	if got := asked.URL.Scheme + "://" + asked.URL.Host; got != want {
		t.Errorf("called %s, want %s", got, want)
	}
	if signed := asked.Header.Get("Authorization"); !strings.Contains(signed, "/eu-central-1/dynamodb/") {
		t.Errorf("signed %q, want the region's name in it", signed)
	}
}

func TestLimitsFitTheFunctionsTime(t *testing.T) {
	t.Parallel()
	const functionTimeout = 5 * time.Second
	if longest := Limits.Longest(); longest+responseTime > functionTimeout {
		t.Errorf("a call takes up to %v and %v to respond, longer than the function's %v", longest, responseTime, functionTimeout)
	}
	if Limits.Attempts < 2 {
		t.Error("a single lost packet fails a registration")
	}
}

func TestErrorsContainNoSecret(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(amazonError(400, "AccessDeniedException"))
	defer server.Close()
	_, err := open(t, server.URL).Create(t.Context(), sample(1))
	if err == nil || strings.Contains(err.Error(), "Credential=") {
		t.Errorf("the error, which is logged, is %q", err)
	}
}
