package coldstart_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"users-organizations/pkg/awsclient"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/dynamo"
)

// Most of these tests change the process, so they do not run in parallel.

func TestOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for memory, want := range map[string]int{"128": 1, "1768": 1, "1769": 4, "10240": 4, "": 4, "much": 4} {
		runtime.GOMAXPROCS(4)
		coldstart.OneProcessor(memory)
		if got := runtime.GOMAXPROCS(0); got != want {
			t.Errorf("%q MB: %d processors, want %d", memory, got, want)
		}
	}
}

func TestRoomForGarbage(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()
	for memory, want := range map[string][2]int64{"128": {400, 96 << 20}, "256": {400, 192 << 20}, "": {100, limit}, "much": {100, limit}} {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(limit)
		coldstart.RoomForGarbage(memory)
		if got := [2]int64{int64(debug.SetGCPercent(100)), debug.SetMemoryLimit(-1)}; got != want {
			t.Errorf("%q MB: %d %% and a limit of %d bytes, want %d", memory, got[0], got[1], want)
		}
	}
}

func TestEventInOneRead(t *testing.T) {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t.Fatalf("http.DefaultTransport is a %T", http.DefaultTransport)
	}
	defer func(size int) { transport.ReadBufferSize = size }(transport.ReadBufferSize)
	coldstart.EventInOneRead()
	if got := transport.ReadBufferSize; got < 8<<10 {
		t.Errorf("the buffer has %d bytes, want at least 8 KiB", got)
	}
}

func TestRootsOnceKeepsAChoice(t *testing.T) {
	for name, chosen := range map[string]string{"SSL_CERT_DIR": "/some/roots", "SSL_CERT_FILE": "/some/roots.pem"} {
		t.Setenv("SSL_CERT_DIR", "")
		t.Setenv("SSL_CERT_FILE", "")
		t.Setenv(name, chosen)
		before := os.Getenv("SSL_CERT_DIR")
		coldstart.RootsOnce()
		if got := os.Getenv("SSL_CERT_DIR"); got != before {
			t.Errorf("with %s chosen, SSL_CERT_DIR became %q", name, got)
		}
	}
}

func TestAServerOfAnUnknownAuthorityIsStillRefused(t *testing.T) {
	t.Setenv("SSL_CERT_DIR", "")
	t.Setenv("SSL_CERT_FILE", "")
	coldstart.RootsOnce()
	var called atomic.Bool
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Store(true) }))
	defer server.Close()
	server.Config.ErrorLog = nil

	client := awsclient.NewClient(dynamo.Limits.Attempt)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	var unknown x509.UnknownAuthorityError
	var invalid *tls.CertificateVerificationError
	if !errors.As(err, &unknown) && !errors.As(err, &invalid) {
		t.Errorf("Do = %v, want the certificate refused", err)
	}
	coldstart.Connect(t.Context(), client, server.URL)
	if called.Load() {
		t.Error("a request reached a server with an untrusted certificate")
	}
}

func TestRootsOnceKeepsTheRoots(t *testing.T) {
	t.Setenv("SSL_CERT_DIR", "")
	t.Setenv("SSL_CERT_FILE", "")
	coldstart.RootsOnce()
	pool, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("SSL_CERT_DIR") == os.DevNull && pool.Equal(x509.NewCertPool()) {
		t.Error("no root is left")
	}
}

func TestConnectOpensTheConnectionThatIsUsed(t *testing.T) {
	var connections, requests atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Method != http.MethodGet || r.URL.Path != "/" || r.Header.Get("Authorization") != "" {
			t.Errorf("got %s %s with %v, want an unsigned GET /", r.Method, r.URL, r.Header)
		}
		_, _ = w.Write([]byte("healthy"))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := awsclient.NewClient(dynamo.Limits.Attempt)
	coldstart.Connect(t.Context(), client, server.URL+"/")
	coldstart.Connect(t.Context(), client, server.URL+"/")
	if connections.Load() != 1 || requests.Load() != 2 {
		t.Errorf("%d connections for %d requests, want 1 for 2", connections.Load(), requests.Load())
	}
}

func TestConnectNeverFailsAStart(t *testing.T) {
	client := awsclient.NewClient(dynamo.Limits.Attempt)
	closed := httptest.NewServer(nil)
	closed.Close()
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hanging.Close()
	defer close(release)
	for _, endpoint := range []string{"", "::", "http://", "ftp://127.0.0.1", closed.URL, hanging.URL} {
		coldstart.Connect(t.Context(), client, endpoint)
	}
}

// observer is a client that records how long a request may take.
type observer struct{ limit time.Duration }

func (o *observer) Do(req *http.Request) (*http.Response, error) {
	if deadline, ok := req.Context().Deadline(); ok {
		o.limit = time.Until(deadline)
	}
	return nil, errors.New("no server")
}

func TestConnectTakesASecondAtMost(t *testing.T) {
	t.Parallel()
	var o observer
	coldstart.Connect(t.Context(), &o, "https://dynamodb.eu-west-3.amazonaws.com/")
	if o.limit <= 0 || o.limit > time.Second {
		t.Errorf("the request may take %v, want a second at most", o.limit)
	}
}
