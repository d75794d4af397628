package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// front adds TLS to the engine, which speaks plain HTTP. Each process has one of its
// own, which counts the process's requests.
type front struct {
	listener net.Listener
	engine   string
	serving  sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]struct{}

	connections, writes, calls atomic.Int64

	// took is the time from the last piece of the last request to the first of its
	// response, in nanoseconds.
	took atomic.Int64
}

// newFront starts a front of the engine at endpoint, a URL.
func newFront(ctx context.Context, certificate tls.Certificate, endpoint string) (*front, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a front of the engine: %w", err)
	}
	f := &front{
		listener: tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{certificate},
			MinVersion:   tls.VersionTLS12,
		}),
		engine: strings.TrimPrefix(endpoint, "http://"),
		open:   map[net.Conn]struct{}{},
	}
	f.serving.Go(f.serve)
	return f, nil
}

func (f *front) url() string { return "https://" + f.listener.Addr().String() }

func (f *front) close() {
	_ = f.listener.Close()
	f.mu.Lock()
	for c := range f.open {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.serving.Wait()
}

func (f *front) serve() {
	for {
		client, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.connections.Add(1)
		f.serving.Go(func() { f.relay(client) })
	}
}

func (f *front) relay(client net.Conn) {
	defer func() { _ = client.Close() }()
	engine, err := net.Dial("tcp", f.engine) //nolint:noctx // Loopback, and closed by close.
	if err != nil {
		return
	}
	f.mu.Lock()
	f.open[client] = struct{}{}
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		delete(f.open, client)
		f.mu.Unlock()
	}()
	var w watch
	f.serving.Go(func() {
		_, _ = io.Copy(io.MultiWriter(tap(func() { w.stop(&f.took) }), client), engine)
		_ = client.Close()
	})
	asked := io.MultiWriter(tap(w.start), engine,
		&counter{pattern: []byte("DynamoDB_20120810.PutItem\r\n"), count: &f.writes},
		&counter{pattern: []byte("DynamoDB_20120810."), count: &f.calls})
	_, _ = io.Copy(asked, client)
	_ = engine.Close()
}

// tap is called before each piece that is written.
type tap func()

func (t tap) Write(p []byte) (int, error) {
	t()
	return len(p), nil
}

// watch measures from the last start to the first stop after it.
type watch struct{ started atomic.Pointer[time.Time] }

func (w *watch) start() { w.started.Store(new(time.Now())) }

func (w *watch) stop(took *atomic.Int64) {
	if started := w.started.Swap(nil); started != nil {
		took.Store(int64(time.Since(*started)))
	}
}

// counter counts a pattern in what is written to it, also across two writes.
type counter struct {
	pattern, rest []byte
	count         *atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.rest = append(c.rest, p...)
	c.count.Add(int64(bytes.Count(c.rest, c.pattern)))
	// What is kept is shorter than the pattern, so nothing is counted twice.
	c.rest = append(c.rest[:0], c.rest[max(0, len(c.rest)-len(c.pattern)+1):]...)
	return len(p), nil
}
