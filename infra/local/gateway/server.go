package gateway

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"uuid"
)

// How long a client may take. API Gateway documents no such times. Here a body may
// take about as long as an integration, and writeTimeout is longer than any call.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 2 * time.Minute
)

// Server serves handler, which is g or contains it. Serve on a Listener.
func (g *Gateway) Server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		// The gateway responds to OPTIONS *, too.
		DisableGeneralOptionsHandler: true,
	}
}

// Listener wraps a TCP listener. Where net/http refuses a request before any
// handler sees it, in plain text or without a body, the client gets a gateway
// response instead, and the log a line. How AWS responds to a request that is not
// HTTP is not documented.
func (g *Gateway) Listener(l net.Listener) net.Listener { return listener{l, g} }

type listener struct {
	net.Listener
	gateway *Gateway
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil, errors.Join(errors.New("the gateway serves only TCP"), c.Close())
	}
	return conn{tcp, l.gateway}, nil
}

type conn struct {
	*net.TCPConn // net/http looks for its CloseWrite
	gateway      *Gateway
}

// unhandled matches what net/http writes, in one piece, where it calls no handler.
// No handler's response matches: each has a Date, and none has the status 417.
var unhandled = regexp.MustCompile(`^HTTP/1\.[01] (?:(\d{3})[^\r]*\r\n` +
	`Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n(.*)|(417) (Expectation Failed)\r\n)`)

// Write sends a piece of a response, or a gateway response in place of a refusal
// by net/http.
func (c conn) Write(piece []byte) (int, error) {
	found := unhandled.FindSubmatch(piece)
	if found == nil {
		return c.TCPConn.Write(piece)
	}
	status, _ := strconv.Atoi(string(found[1]) + string(found[3]))
	return len(piece), c.gateway.refuseUnhandled(c.TCPConn, status, string(found[2])+string(found[4]))
}

// refuseUnhandled sends and logs a gateway response with net/http's status and
// cause. The client is at fault even where net/http has a 5xx: for a transfer
// coding or a version that the server doesn't know.
func (g *Gateway) refuseUnhandled(c net.Conn, status int, cause string) error {
	if status >= http.StatusInternalServerError {
		status = http.StatusBadRequest
	}
	r := &request{
		Request:    &http.Request{Method: "-"},
		sourceIP:   hostOf(c.RemoteAddr().String()),
		requestID:  uuid.NewV4().String(),
		extendedID: newExtendedID(),
	}
	refused := refuseByDefault(status, errors.New(cause))
	out := refused.response(r.requestID)
	g.note(r, refused, out.status)
	out.identify(r)
	out.header.Set("Date", g.now().UTC().Format(http.TimeFormat))
	message := http.Response{
		StatusCode: out.status, ProtoMajor: 1, ProtoMinor: 1, Close: true,
		Header: out.header, Body: io.NopCloser(strings.NewReader(out.body)), ContentLength: int64(len(out.body)),
	}
	if err := message.Write(c); err != nil {
		return fmt.Errorf("refusing a request that is not HTTP: %w", err)
	}
	return nil
}
