package lambda

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"uuid"

	"users-organizations/pkg/child"
	"users-organizations/pkg/dynamo/engine"
)

// errGone means that the process ended before it took the invocation.
var errGone = errors.New("the process has ended")

// process is one execution environment: a process of the function, with a Runtime
// API of its own.
type process struct {
	config   Config
	child    *child.Process
	output   *tail
	stopping atomic.Bool
	// ended is closed when the process has ended and its last lines are written.
	ended chan struct{}
	// next hands an invocation to the process when it asks for one.
	next chan *invocation
	// asked is closed when it asks for its first invocation.
	asked     chan struct{}
	firstNext sync.Once

	mu      sync.Mutex
	current *invocation
	// failed is the error that the process reported from its start.
	failed *Error
}

type invocation struct {
	id       string
	traceID  string
	event    []byte
	deadline time.Time
	response chan response
}

type response struct {
	payload []byte
	err     error
}

func start(ctx context.Context, config Config, output *lines) (*process, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the Runtime API of %s: %w", config.Name, err)
	}
	p := &process{
		config: config,
		output: &tail{out: output},
		next:   make(chan *invocation),
		asked:  make(chan struct{}),
		ended:  make(chan struct{}),
	}
	// The process outlives the invocation that starts it.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), config.Binary) //nolint:gosec // The caller names the project's own binary.
	cmd.Dir = filepath.Dir(config.Binary)
	cmd.Env = environment(config, listener.Addr().String())
	cmd.Stdout, cmd.Stderr = p.output, p.output
	if p.child, err = child.Start(cmd); err != nil {
		_ = listener.Close()
		return nil, err
	}
	server := &http.Server{Handler: p.runtimeAPI(), ReadHeaderTimeout: initTimeout}
	go func() { _ = server.Serve(listener) }()
	go func() {
		defer close(p.ended)
		<-p.child.Done()
		_ = server.Close()
		p.output.flush()
		if !p.stopping.Load() {
			config.Log.Print(p.crash())
		}
	}()
	return p, nil
}

// environment has the variables that the function declares, those that Lambda
// adds (AWS Lambda developer guide, "Defined runtime environment variables"), and
// none of this machine's.
func environment(config Config, runtimeAPI string) []string {
	variables := map[string]string{
		"AWS_ACCESS_KEY_ID":               engine.AccessKeyID,
		"AWS_DEFAULT_REGION":              engine.Region,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(config.MemorySize),
		"AWS_LAMBDA_FUNCTION_NAME":        config.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + config.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "local",
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_REGION":                      engine.Region,
		"AWS_SECRET_ACCESS_KEY":           engine.SecretAccessKey,
		"LAMBDA_TASK_ROOT":                filepath.Dir(config.Binary),
		"LANG":                            "en_US.UTF-8",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin",
		"TZ":                              ":UTC",
		"_HANDLER":                        "bootstrap",
	}
	var list []string
	for name, value := range variables {
		list = append(list, name+"="+value)
	}
	for name, value := range config.Environment {
		list = append(list, name+"="+value)
	}
	return list
}

// ready returns when the process has asked for its first invocation.
func (p *process) ready(ctx context.Context) error {
	timeout := time.NewTimer(initTimeout)
	defer timeout.Stop()
	select {
	case <-p.asked:
		return nil
	case <-p.ended:
		return p.initError()
	case <-timeout.C:
		p.kill()
		return &Error{Type: "Sandbox.Timedout", Message: fmt.Sprintf("%s took more than %s to start", p.config.Name, initTimeout)}
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("starting %s: %w", p.config.Name, ctx.Err())
	}
}

func (p *process) initError() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil {
		return p.failed
	}
	return &Error{Type: "Runtime.ExitError", Message: "Runtime exited with error: " + p.child.Exit()}
}

// invoke hands over one event and waits for the response. It kills a process that
// does not respond in time.
func (p *process) invoke(ctx context.Context, traceID string, event []byte) ([]byte, error) {
	limit := p.config.Timeout
	i := &invocation{
		id:       uuid.NewV4().String(),
		traceID:  traceID,
		event:    event,
		deadline: time.Now().Add(limit),
		response: make(chan response, 1),
	}
	select {
	case p.next <- i:
	case <-p.ended:
		return nil, errGone
	case <-ctx.Done():
		return nil, fmt.Errorf("invoking %s: %w", p.config.Name, ctx.Err())
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case r := <-i.response:
		return r.payload, r.err
	case <-p.ended:
		return i.afterExit(p.child.Exit())
	case <-timeout.C:
		p.config.Log.Printf("%s: invocation %s took more than %s: its process is killed", p.config.Name, i.id, limit)
		p.kill()
		message := fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", i.id, limit.Seconds())
		return nil, &Error{Type: "Sandbox.Timedout", Message: message}
	case <-ctx.Done():
		p.kill()
		return nil, fmt.Errorf("waiting for %s: %w", p.config.Name, ctx.Err())
	}
}

// afterExit is the response of a process that has ended. One that panicked
// reported its error first.
func (i *invocation) afterExit(exit string) ([]byte, error) {
	select {
	case r := <-i.response:
		return r.payload, r.err
	default:
		message := fmt.Sprintf("RequestId: %s Error: Runtime exited with error: %s", i.id, exit)
		return nil, &Error{Type: "Runtime.ExitError", Message: message}
	}
}

// crash is the log line about a process that ended by itself.
func (p *process) crash() string {
	when := "while it served"
	select {
	case <-p.asked:
	default:
		when = "at its start"
	}
	text := fmt.Sprintf("%s: the function crashed %s (%s); the next call starts it again", p.config.Name, when, p.child.Exit())
	if line := strings.TrimSpace(p.output.last()); line != "" {
		text += "; its last line: " + line
	}
	return text
}

func (p *process) stop() {
	p.stopping.Store(true)
	p.child.Stop()
	<-p.ended
}

func (p *process) kill() {
	p.stopping.Store(true)
	p.child.Kill()
	<-p.ended
}
