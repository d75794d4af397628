// Package faults is a proxy between a function and its DynamoDB that fails as
// networks and services do: before a write, after it, or halfway through the
// response.
package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Proxy passes the calls of a function on to a DynamoDB-compatible server. Each
// call of an operation in faulty meets the fault that is chosen for it. Any other
// request, such as the one that opens the first connection, passes.
type Proxy struct {
	address string
	client  *http.Client

	mu     sync.Mutex
	server *http.Server
	target string
	choose func() Fault
	calls  int
}

// Start serves on a free port of the loopback interface, in front of the server at
// target, a URL. Every call passes until Choose is called.
func Start(ctx context.Context, target string) (*Proxy, error) {
	p := &Proxy{
		address: "127.0.0.1:0",
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		target:  target,
		choose:  InTurn(),
	}
	return p, p.Accept(ctx)
}

// URL is the endpoint for the function.
func (p *Proxy) URL() string { return "http://" + p.address }

// Choose sets the function that chooses the fault of each call.
func (p *Proxy) Choose(choose func() Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.choose = choose
}

// Redirect sets another target.
func (p *Proxy) Redirect(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Calls counts the calls that could meet a fault, the function's retries included.
func (p *Proxy) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// Refuse ends all connections and refuses new ones.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.server.Close()
	p.client.CloseIdleConnections()
}

// Accept takes connections again after Refuse, on the same port.
func (p *Proxy) Accept(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.address)
	if err != nil {
		return fmt.Errorf("opening the proxy: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.address = listener.Addr().String()
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	server := p.server
	go func() { _ = server.Serve(listener) }()
	return nil
}

// ServeHTTP serves one call.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fault, target := p.next(r)
	fault(&Call{w: w, r: r, body: body, target: target, client: p.client})
}

func (p *Proxy) next(r *http.Request) (Fault, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !slices.Contains(faulty, call) {
		return Pass, p.target
	}
	p.calls++
	return p.choose(), p.target
}

// faulty are the operations that meet faults: all that the functions call.
var faulty = []string{"PutItem", "UpdateItem", "GetItem", "Query", "BatchGetItem"}

// Call is one call of a function, not yet passed on to the server.
type Call struct {
	w      http.ResponseWriter
	r      *http.Request
	body   []byte
	target string
	client *http.Client
}

// Body is what the function sends.
func (c *Call) Body() []byte { return c.body }

// forward passes the call on, even if the function no longer waits, and gives the
// server's response.
func (c *Call) forward() (http.Header, int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, c.r.Method, c.target+c.r.URL.Path, bytes.NewReader(c.body))
	if err != nil {
		return nil, 0, nil, err
	}
	request.Header = c.r.Header.Clone()
	response, err := c.client.Do(request)
	if err != nil {
		return nil, 0, nil, err
	}
	body, err := io.ReadAll(response.Body)
	return response.Header, response.StatusCode, body, errors.Join(err, response.Body.Close())
}

// begin sends the head of a response whose body has size bytes.
func (c *Call) begin(header http.Header, status, size int) {
	maps.Copy(c.w.Header(), header)
	c.w.Header().Set("Content-Length", fmt.Sprint(size))
	c.w.WriteHeader(status)
}

// reset ends the connection with a TCP reset.
func (c *Call) reset() {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// abandoned returns when the function has given up the call.
func (c *Call) abandoned() { <-c.r.Context().Done() }
