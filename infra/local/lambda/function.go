// Package lambda runs function binaries as AWS Lambda does: in processes that ask
// a Runtime API for one invocation after the other (AWS Lambda developer guide,
// "Using the Lambda runtime API for custom runtimes").
package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"slices"
	"sync"
	"time"
)

// The largest event and response of a synchronous invocation, in bytes (AWS
// Lambda developer guide, "Lambda quotas": 6 MB each).
const (
	MaxEvent    = 6 << 20
	MaxResponse = 6 << 20
)

const (
	// initTimeout is how long a function may take to ask for its first
	// invocation (AWS Lambda developer guide, "Init phase").
	initTimeout = 10 * time.Second
	// startInterval is the time between two starts. It keeps a burst from making
	// the machine busy with starts: most of its invocations then get a process that
	// has become idle.
	startInterval = 20 * time.Millisecond
)

// Config describes one function.
type Config struct {
	// Name is the function's name in its environment, its logs and messages.
	Name string
	// Binary is the path of its bootstrap file.
	Binary string
	// Environment has the variables that the function declares.
	Environment map[string]string
	// MemorySize is the size that the function reads in its environment, in
	// megabytes. It is not enforced.
	MemorySize int
	// Timeout is how long one invocation may take.
	Timeout time.Duration
	// Concurrency is how many invocations may run at once, 1 or more, each in a
	// process of its own. Any more are throttled.
	Concurrency int
	// Output receives what the function prints, in whole lines.
	Output io.Writer
	// Log receives a line for each process that ended by itself or took too long.
	Log *log.Logger
}

// Error is a failed invocation, as Lambda reports it to the caller.
type Error struct {
	// Type is the function's own, or Lambda's: Runtime.ExitError,
	// Sandbox.Timedout, Function.ResponseSizeTooLarge.
	Type string `json:"errorType"`
	// Message is the text of the error that the function returned, or Lambda's.
	Message string `json:"errorMessage"`
}

// Error gives the type and the message.
func (e *Error) Error() string { return e.Type + ": " + e.Message }

var (
	// ErrEventTooLarge means that an event has more than MaxEvent bytes.
	ErrEventTooLarge = errors.New("the event is larger than 6 MB")
	// ErrThrottled means that the function was not invoked, since Concurrency
	// invocations are running (AWS Lambda developer guide, "Understanding Lambda
	// function scaling").
	ErrThrottled = errors.New("throttled")
)

// Function is a function that can be invoked. A process starts when an invocation
// finds none idle, and is kept until Close: there are never more than Concurrency.
type Function struct {
	config Config
	output *lines
	// running has an element for each invocation, starting has one while the next
	// start has to wait.
	running, starting chan struct{}
	// idle has room for all processes: one starts only for a running invocation,
	// when every other process has one.
	idle chan *process

	mu        sync.Mutex
	processes map[*process]struct{}
	closed    bool
}

// New makes a function. No process runs yet.
func New(config Config) *Function {
	return &Function{
		config:    config,
		output:    &lines{out: config.Output},
		running:   make(chan struct{}, config.Concurrency),
		starting:  make(chan struct{}, 1),
		idle:      make(chan *process, config.Concurrency),
		processes: map[*process]struct{}{},
	}
}

// Invoke hands event to an idle process, or to a new one, and gives its response.
// An *Error is the function's failure. Any other error, such as ErrThrottled, means
// that the function was not invoked or that ctx has ended. traceID is the X-Ray
// header that the function can read.
func (f *Function) Invoke(ctx context.Context, traceID string, event []byte) ([]byte, error) {
	if len(event) > MaxEvent {
		return nil, ErrEventTooLarge
	}
	done, err := f.begin()
	if err != nil {
		return nil, err
	}
	defer done()
	for ctx.Err() == nil {
		p, err := f.take(ctx)
		if err != nil {
			return nil, err
		}
		payload, err := p.invoke(ctx, traceID, event)
		if errors.Is(err, errGone) {
			continue
		}
		f.idle <- p
		return payload, err
	}
	return nil, fmt.Errorf("invoking %s: %w", f.config.Name, ctx.Err())
}

// Warm starts a process before the first invocation. Its error is the one that
// the invocation would get.
func (f *Function) Warm(ctx context.Context) error {
	done, err := f.begin()
	if err != nil {
		return err
	}
	defer done()
	p, err := f.take(ctx)
	if err != nil {
		return err
	}
	f.idle <- p
	return nil
}

// begin counts an invocation as running until done is called.
func (f *Function) begin() (done func(), err error) {
	select {
	case f.running <- struct{}{}:
		return func() { <-f.running }, nil
	default:
		return nil, fmt.Errorf("%w: %d invocations of %s are running, the most allowed", ErrThrottled, f.config.Concurrency, f.config.Name)
	}
}

// PIDs gives the ids of the running processes, in no order.
func (f *Function) PIDs() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []int
	for p := range f.processes {
		ids = append(ids, p.child.PID())
	}
	return ids
}

// Close ends the function's processes. Invocations after it fail.
func (f *Function) Close() {
	f.mu.Lock()
	f.closed = true
	processes := slices.Collect(maps.Keys(f.processes))
	f.mu.Unlock()
	var wg sync.WaitGroup
	for _, p := range processes {
		wg.Go(p.stop)
	}
	wg.Wait()
}

// take waits until a process is idle or may be started, and gives it when it is
// ready.
func (f *Function) take(ctx context.Context) (*process, error) {
	select {
	case p := <-f.idle:
		return p, nil
	case f.starting <- struct{}{}:
		time.AfterFunc(startInterval, func() { <-f.starting })
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a process of %s: %w", f.config.Name, ctx.Err())
	}
	select {
	case p := <-f.idle:
		return p, nil
	default:
	}
	p, err := f.start(ctx)
	if err != nil {
		return nil, err
	}
	return p, p.ready(ctx)
}

// start starts a process, unless Close has been called, which would miss it.
func (f *Function) start(ctx context.Context) (*process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fmt.Errorf("%s has been stopped", f.config.Name)
	}
	p, err := start(ctx, f.config, f.output)
	if err != nil {
		return nil, err
	}
	f.processes[p] = struct{}{}
	go func() {
		<-p.ended
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.processes, p)
	}()
	return p, nil
}
