package awsclient

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// sdkBody is a body like the SDK's, which fails after it was closed.
type sdkBody struct {
	io.Reader

	closed atomic.Bool
}

func (b *sdkBody) Close() error {
	b.closed.Store(true)
	return nil
}

func (b *sdkBody) WriteTo(w io.Writer) (int64, error) {
	if b.closed.Load() {
		return 0, io.EOF
	}
	return io.Copy(w, b.Reader)
}

func TestARequestIsSentInOnePiece(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	const text = `{"TableName":"memberships"}`
	pieces := make(chan []byte, 100)
	var connections atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go respond(conn, pieces)
		}
	}()

	client := NewClient(time.Minute)
	for range cap(pieces) {
		body := &sdkBody{Reader: strings.NewReader(text)}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+listener.Addr().String(), body)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = int64(len(text))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if !body.closed.Load() {
			t.Error("the body was not closed")
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		piece := <-pieces
		sent, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(piece)))
		if err != nil {
			t.Fatalf("the first piece %q is not a request: %v", piece, err)
		}
		if got, err := io.ReadAll(sent.Body); string(got) != text || err != nil {
			t.Fatalf("the first piece holds the body %q, %v, want all of it", got, err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// respond passes on each piece that arrives, and responds to it.
func respond(conn net.Conn, pieces chan<- []byte) {
	defer func() { _ = conn.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		pieces <- bytes.Clone(buffer[:n])
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			return
		}
	}
}

func TestARequestWhoseBodyCannotBeReadIsNotSent(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1", iotest.ErrReader(broken))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := NewClient(time.Minute).Do(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, broken) {
		t.Errorf("Do = %v, want %v", err, broken)
	}
}

func TestAResponseIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	const crc32OfBraces = "2745614147"
	for name, c := range map[string]struct {
		response string
		want     error
	}{
		"a response":                   {"200 OK\r\nContent-Length: 2\r\n\r\n{}", nil},
		"its checksum":                 {"200 OK\r\nX-Amz-Crc32: " + crc32OfBraces + "\r\nContent-Length: 2\r\n\r\n{}", nil},
		"a wrong checksum":             {"200 OK\r\nX-Amz-Crc32: 1\r\nContent-Length: 2\r\n\r\n{}", errChecksum},
		"a malformed checksum":         {"200 OK\r\nX-Amz-Crc32: 0x\r\nContent-Length: 2\r\n\r\n{}", errChecksum},
		"an error, a wrong checksum":   {"400 Bad Request\r\nX-Amz-Crc32: 1\r\nContent-Length: 2\r\n\r\n{}", errChecksum},
		"another protocol":             {"101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n{}", errProtocol},
		"nothing":                      {"200 OK\r\nContent-Length: 0\r\n\r\n", errEmpty},
		"no content":                   {"204 No Content\r\n\r\n", errEmpty},
		"an error without a body":      {"500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", nil},
		"less than was announced":      {"200 OK\r\nContent-Length: 3\r\n\r\n{}", io.ErrUnexpectedEOF},
		"an end within the last chunk": {"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", io.ErrUnexpectedEOF},
		"too long":                     {"200 OK\r\nConnection: close\r\n\r\n" + strings.Repeat(" ", maxResponse+1), errTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					panic(err)
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 "+c.response)
				_ = conn.Close()
			}))
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := NewClient(time.Minute).Do(req)
			if !errors.Is(err, c.want) {
				t.Fatalf("Do = %v, want %v", err, c.want)
			}
			if err != nil {
				return
			}
			defer func() { _ = resp.Body.Close() }()
			_, want, _ := strings.Cut(c.response, "\r\n\r\n")
			if body, err := io.ReadAll(resp.Body); string(body) != want || err != nil {
				t.Errorf("the body is %q, %v, want %q", body, err, want)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("followed to %s", r.URL)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := NewClient(time.Minute).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("status %d, want the redirect itself", resp.StatusCode)
	}
}

// TestARequestEndsInTime uses pipes, which synctest's clock needs.
func TestARequestEndsInTime(t *testing.T) {
	t.Parallel()
	const never = "never"
	for name, response := range map[string]string{
		"no connection":  never,
		"no response":    "",
		"a header alone": "HTTP/1.1 200 OK\r\n\r\n",
		"half a body":    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const limit = 550 * time.Millisecond
				client := NewClient(limit)
				client.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					if response == never {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					conn, server := net.Pipe()
					go func() {
						_, _ = http.ReadRequest(bufio.NewReader(server))
						_, _ = io.WriteString(server, response)
						_, _ = io.Copy(io.Discard, server)
					}()
					return conn, nil
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://dynamodb.example", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				resp, err := client.Do(req)
				if resp != nil {
					_ = resp.Body.Close()
				}
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "dynamodb.example") {
					t.Errorf("Do = %v, want the deadline exceeded, and the server named", err)
				}
				if took := time.Since(start); took != limit {
					t.Errorf("took %v, want %v", took, limit)
				}
				client.transport.CloseIdleConnections()
			})
		})
	}
}

func TestConfigBoundsEachAttempt(t *testing.T) {
	t.Parallel()
	limits := Limits{Attempts: 2, Attempt: 550 * time.Millisecond}
	cfg, err := Config(func(name string) string { return map[string]string{"AWS_REGION": "eu-west-3"}[name] }, "", limits)
	if err != nil {
		t.Fatal(err)
	}
	client, ok := cfg.HTTPClient.(*Client)
	if !ok || client.limit != limits.Attempt || client.transport.TLSHandshakeTimeout != limits.Attempt {
		t.Errorf("the client is %+v, want each attempt to end after %v", cfg.HTTPClient, limits.Attempt)
	}
}
