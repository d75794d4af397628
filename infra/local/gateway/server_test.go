package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/telemetry/telemetrytest"
)

var head = "POST " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a.b.c\r\nX-Session-Token: d.e.f\r\n"

// TestRequestsThatAreNotHTTP get problems too, with an id that finds the cause in
// the log.
func TestRequestsThatAreNotHTTP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent   string
		status int
		cause  string
	}{
		"a malformed escape":            {strings.Replace(head, "organizations/2", "%zz/", 1) + "\r\n", 400, "400 Bad Request"},
		"an unknown expectation":        {head + "Expect: tea\r\n\r\n", 417, "Expectation Failed"},
		"an unknown coding":             {head + "Transfer-Encoding: x\r\n\r\n", 400, "Unsupported transfer encoding"},
		"a future version":              {strings.Replace(head, "HTTP/1.1", "HTTP/3.0", 1) + "\r\n", 400, "505 HTTP Version Not Supported: unsupported protocol version"},
		"no host":                       {strings.Replace(head, "Host", "Most", 1) + "\r\n", 400, "400 Bad Request: missing required Host header"},
		"headers over 1 MB":             {head + "X-Long: " + strings.Repeat("a", 1<<21) + "\r\n\r\n", 431, "431 Request Header Fields Too Large"},
		"headers over 10,240 bytes":     {head + "X-Long: " + strings.Repeat("a", maxHeaders) + "\r\n\r\n", 431, ""},
		"no chunk":                      {head + "Transfer-Encoding: chunked\r\n\r\nnone\r\n", 400, "invalid byte in chunk length"},
		"a chunk that is cut off":       {head + "Transfer-Encoding: chunked\r\n\r\n9\r\n{}", 400, "unexpected EOF"},
		"a body shorter than announced": {head + "Content-Length: 9\r\n\r\n{}", 400, "unexpected EOF"},
		"a body that stalls":            {head + "Content-Length: 9\r\n\r\n{}", 408, "i/o timeout"},
		"a chunk that stalls":           {head + "Transfer-Encoding: chunked\r\n\r\n9\r\n{}", 408, "i/o timeout"},
		"a whole request":               {head + "Content-Length: 2\r\n\r\n{}", 201, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logged := &telemetrytest.Output{}
			s := &system{logged: logged}
			stalls := c.status == http.StatusRequestTimeout
			server := s.serve(t, func(config *http.Server) {
				if stalls {
					config.ReadTimeout = time.Millisecond
				}
			})
			response, body := sendRaw(t, server, c.sent, !stalls)
			if response.StatusCode != c.status {
				t.Errorf("responded %d %s, want %d", response.StatusCode, body, c.status)
			}
			if c.status == http.StatusCreated {
				return
			}
			var problem struct{ RequestID string }
			if err := json.Unmarshal([]byte(body), &problem); err != nil || response.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("the response is not a problem: %v %s", response.Header, body)
			}
			var line struct{ Level, RequestID, SourceIP, Status, Cause string }
			if err := json.Unmarshal([]byte(logged.String()), &line); err != nil {
				t.Fatalf("the log %q: %v", logged, err)
			}
			if line.RequestID != problem.RequestID || line.RequestID != response.Header.Get("X-Request-Id") || line.RequestID == "" {
				t.Errorf("the log has the id %q, the response %q", line.RequestID, problem.RequestID)
			}
			if line.Level != "INFO" || line.SourceIP != "127.0.0.1" || !strings.Contains(line.Cause, c.cause) {
				t.Errorf("the log says %s", logged)
			}
		})
	}
}

// serve is start with the timeouts and the listener of the real server.
func (s *system) serve(t *testing.T, change func(*http.Server)) *httptest.Server {
	t.Helper()
	g := s.gateway(t)
	server := httptest.NewUnstartedServer(g)
	server.Config = g.Server(g)
	change(server.Config)
	server.Listener = g.Listener(server.Listener)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// sendRaw writes a request byte for byte, and then closes its side if ends.
func sendRaw(t *testing.T, server *httptest.Server, sent string, ends bool) (reply, string) {
	t.Helper()
	dialed, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, _ := dialed.(*net.TCPConn)
	defer func() { _ = c.Close() }()
	go func() {
		_, _ = io.Copy(c, bytes.NewReader([]byte(sent))) // The server may refuse it before all is written.
		if ends {
			_ = c.CloseWrite()
		}
	}()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header}, string(body)
}
