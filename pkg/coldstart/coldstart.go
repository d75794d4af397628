// Package coldstart prepares a function for its first request during the
// initialization, while Lambda gives it a full processor. Later a function of
// 128 MB has a fourteenth of one.
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

// OneProcessor makes the Go runtime use one processor if the function's memory, in
// MB, gives it less than one. Lambda shows two but limits their time, and threads
// would spend it waiting for each other. One processor saves a quarter of the
// processor time of a call.
func OneProcessor(memory string) {
	if mb, err := strconv.Atoi(memory); err == nil && mb < WholeProcessor {
		runtime.GOMAXPROCS(1)
	}
}

// Debug is the variable GODEBUG of every function. It turns on the scheduler's trace
// (package runtime, "Environment Variables") with the longest interval, 25 days.
// Without the trace, the runtime's monitor thread falls asleep whenever the function
// waits, and a system call has to wake it, three times a request. With it, the thread
// looks every 10 ms instead. This saves a fifth of the processor time of a call, and
// two of three thread switches.
//
// The price: a process that dies of a panic first writes the state of the scheduler, a
// line for each thread and goroutine. On a machine that has been up for 25 days, each
// process also writes one line when it starts.
const Debug = "schedtrace=2147483647"

// RoomForGarbage lets more garbage gather before it is collected: at first 16 MB
// instead of 4, later four times the memory in use instead of once. This saves a
// tenth of the processor time of a function whose calls leave hundreds of kilobytes.
// Beyond three quarters of the function's memory, in MB, Go collects as often as it
// must.
func RoomForGarbage(memory string) {
	if mb, err := strconv.ParseInt(memory, 10, 64); err == nil {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(mb << 20 / 4 * 3)
	}
}

// eventBytes is more than most events of API Gateway have, with two tokens in their
// headers.
const eventBytes = 16 << 10

// EventInOneRead makes the buffer of the Runtime API's client large enough for an
// event. With 4 KB, the default, each event takes another system call and a wait.
// aws-lambda-go copies the client from http.DefaultTransport, so this must be called
// before lambda.Start.
func EventInOneRead() {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t.ReadBufferSize = eventBytes
	}
}

// bundles are the files in which Amazon Linux and Debian keep all their roots.
var bundles = []string{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"}

// RootsOnce keeps the first TLS connection from parsing every root twice. Go reads
// the bundle and then the files of a directory with the same roots
// (golang/go#79018), which takes 12 ms of processor time on provided.al2023.
// RootsOnce changes nothing if the environment chooses roots or there is no bundle.
// It must be called before the first connection.
func RootsOnce() {
	if os.Getenv("SSL_CERT_DIR") != "" || os.Getenv("SSL_CERT_FILE") != "" {
		return
	}
	for _, bundle := range bundles {
		if info, err := os.Stat(bundle); err == nil && info.Size() > 0 {
			// os.DevNull is not a directory, so Go finds no files in it.
			_ = os.Setenv("SSL_CERT_DIR", os.DevNull)
			return
		}
	}
}

// connectTime limits Connect, which delays the start.
const connectTime = time.Second

// Doer is an HTTP client.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Connect opens the client's connection to an endpoint for the first request, in at
// most a second. It sends an unsigned GET to the endpoint, which needs no rights and
// changes nothing. It ignores errors: the first request will report them.
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
	// A connection is reused only if the body was read to its end.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
}
