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

// How long a client may take. API Gateway documents no such times: here the body
// may take as long as the integration, and a response until after the longest
// call.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 2 * time.Minute
)

// Server serves handler, of which g is a part or the whole, on what Listener
// gives.
func (g *Gateway) Server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		// Such a request is the gateway's, too.
		DisableGeneralOptionsHandler: true,
	}
}

// Listener gives the connections of a TCP listener. Where net/http refuses a
// request before any handler sees it, in plain text or without a body, the
// client gets a gateway response instead, and the log a line. What AWS says to
// a request that is no HTTP, before it reaches an API, is not documented.
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
		return nil, errors.Join(errors.New("the gateway serves TCP alone"), c.Close())
	}
	return conn{tcp, l.gateway}, nil
}

type conn struct {
	*net.TCPConn // with CloseWrite, for which net/http looks
	gateway      *Gateway
}

// unhandled is what net/http writes, in one piece, where it calls no handler.
// Every response of a handler has a Date, and our handlers never use the status
// 417.
var unhandled = regexp.MustCompile(`^HTTP/1\.[01] (?:(\d{3})[^\r]*\r\n` +
	`Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n(.*)|(417) (Expectation Failed)\r\n)`)

// Write writes the next piece of a response.
func (c conn) Write(piece []byte) (int, error) {
	found := unhandled.FindSubmatch(piece)
	if found == nil {
		return c.TCPConn.Write(piece)
	}
	status, _ := strconv.Atoi(string(found[1]) + string(found[3]))
	return len(piece), c.gateway.refuseUnhandled(c.TCPConn, status, string(found[2])+string(found[4]))
}

// refuseUnhandled says and logs what net/http would have said. The client is at
// fault, even where net/http has a status of the server's: it asked for a
// transfer coding or a version that no client needs.
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
		return fmt.Errorf("refusing a request that is no HTTP: %w", err)
	}
	return nil
}
