package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"users-organizations/infra/local/eventbus"
	"users-organizations/infra/local/gateway"
	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/telemetry"
)

// system describes the running local system, in the ready file.
type system struct {
	// URL is the address of the API with its stage.
	URL string `json:"url"`
	// Engine is the DynamoDB that it runs on, and Endpoint its address.
	Engine   string `json:"engine"`
	Endpoint string `json:"dynamodb"`
	Table    string `json:"table"`
	// EnginePID is the engine's process; 0 if it isn't ours.
	EnginePID int `json:"enginePid,omitempty"`
	PID       int `json:"pid"`
	// Events is the file of published events; empty if no function reads a stream.
	Events string `json:"events,omitempty"`
}

// origin is the address without the stage.
func (y system) origin() string { return y.URL[:strings.LastIndex(y.URL, "/")] }

// serve runs the local system until ctx ends. All processes that it started have
// ended when it returns.
func serve(ctx context.Context, s settings, out, messages io.Writer) error {
	logger := log.New(messages, "", 0)
	t, err := template.Read(s.template, template.LocalNames)
	if err != nil {
		return err
	}
	if err := t.API.Complete(); err != nil {
		return err
	}
	locked, err := lock(s.data)
	if err != nil {
		return err
	}
	defer func() { _ = locked.Close() }()
	k, keyFile, err := loadKeys(s.data)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, s.port)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()

	db, err := startDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer db.stop()
	if err := engine.CreateTables(ctx, db.endpoint, t.Tables); err != nil {
		if s.endpoint != "" {
			err = fmt.Errorf("%w (DYNAMODB_ENDPOINT names this server: start it, or unset the variable for the embedded engine)", err)
		}
		return err
	}
	events := filepath.Join(s.data, "events.jsonl")
	bus, err := eventbus.Start(ctx, events, out, time.Now)
	if err != nil {
		return err
	}
	defer bus.Stop()
	functions, err := newFunctions(t, s, out, logger, map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB":    db.endpoint,
		"AWS_ENDPOINT_URL_EVENTBRIDGE": bus.Endpoint(),
		"AUTH_KEYS":                    keyFile,
	})
	if err != nil {
		return err
	}
	defer functions.close()
	functions.warm(ctx)
	stopStreams, err := startStreams(ctx, t, s, db.endpoint, functions, logger)
	if err != nil {
		return err
	}
	defer stopStreams()

	running := system{
		URL:       "http://" + listener.Addr().String() + "/" + t.API.Stage,
		Engine:    db.name,
		Endpoint:  db.endpoint,
		Table:     template.LocalNames["MembershipsTable"],
		EnginePID: db.pid,
		PID:       os.Getpid(),
	}
	if len(t.Streams) > 0 {
		running.Events = events
	}
	page, err := newDocs(s, t, k)
	if err != nil {
		return err
	}
	entrance := gateway.New(t.API, functions.byID(), telemetry.NewLogger(messages, "INFO"), time.Now)
	server := entrance.Server(besideDocs(page, entrance))
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(entrance.Listener(listener)) }()
	if err := running.announce(s, t, k, locked, out); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		_, _ = fmt.Fprintln(out, "\nStopping.")
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-db.done:
		return errors.New("the DynamoDB engine has ended")
	}
	return shutDown(ctx, server)
}

// shutDown waits up to 5 s for the requests that are under way.
func shutDown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("stopping the gateway: %w", err)
	}
	return nil
}

func listen(ctx context.Context, port string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %s is in use: choose another with PORT=…, or PORT=0 for any free one", port)
	}
	if err != nil {
		return nil, fmt.Errorf("opening port %s: %w", port, err)
	}
	return listener, nil
}

// database is the DynamoDB server, which may be another program's.
type database struct {
	name, endpoint string
	// pid is its process; 0 if it isn't ours.
	pid int
	// done is closed when it has ended; nil if it isn't ours.
	done <-chan struct{}
	stop func()
}

func startDatabase(ctx context.Context, s settings) (database, error) {
	if s.endpoint != "" {
		return database{name: "the server of DYNAMODB_ENDPOINT", endpoint: s.endpoint, stop: func() {}}, nil
	}
	e, err := engine.Start(ctx, engine.Options{DataDir: s.data})
	if err != nil {
		return database{}, err
	}
	return database{name: e.Name(), endpoint: e.Endpoint(), pid: e.PID(), done: e.Done(), stop: e.Stop}, nil
}

// functions are the template's functions, by logical id.
type functions map[string]*lambda.Function

// newFunctions makes the functions. A variable in values is set for each function
// that declares it.
func newFunctions(t template.Template, s settings, out io.Writer, logger *log.Logger, values map[string]string) (functions, error) {
	all := functions{}
	for id, f := range t.Functions {
		binary, err := filepath.Abs(filepath.Join(s.binaries, filepath.Base(f.Folder), "bootstrap"))
		if err != nil {
			return nil, fmt.Errorf("finding the function %s: %w", id, err)
		}
		if _, err := os.Stat(binary); err != nil {
			return nil, fmt.Errorf("the function %s is not built (run `make bin`): %w", id, err)
		}
		environment := maps.Clone(f.Environment)
		for name, value := range values {
			if _, declared := environment[name]; declared {
				environment[name] = value
			}
		}
		setLogging(environment, f)
		all[id] = lambda.New(lambda.Config{
			Name:        id,
			Binary:      binary,
			Environment: environment,
			MemorySize:  f.MemorySize,
			Timeout:     f.Timeout,
			Concurrency: s.concurrency,
			Output:      out,
			Log:         logger,
		})
	}
	return all, nil
}

// setLogging adds the variables that Lambda sets for a LoggingConfig.
func setLogging(environment map[string]string, f template.Function) {
	if f.LogFormat != "" {
		environment["AWS_LAMBDA_LOG_FORMAT"] = f.LogFormat
	}
	if f.LogLevel != "" {
		environment["AWS_LAMBDA_LOG_LEVEL"] = f.LogLevel
	}
}

// warm starts a process of each function. A failure is logged, and the next call
// tries again.
func (f functions) warm(ctx context.Context) {
	var wg sync.WaitGroup
	for _, function := range f {
		wg.Go(func() { _ = function.Warm(ctx) })
	}
	wg.Wait()
}

func (f functions) byID() map[string]gateway.Function {
	result := map[string]gateway.Function{}
	for id, function := range f {
		result[id] = function
	}
	return result
}

func (f functions) close() {
	var wg sync.WaitGroup
	for _, function := range f {
		wg.Go(function.Close)
	}
	wg.Wait()
}

// announce writes that the system serves into the lock file, to the terminal and
// into the ready file.
func (y system) announce(s settings, t template.Template, k keys, lock *os.File, out io.Writer) error {
	minted, err := mint(k, defaultClaims(t), time.Now())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(lock, "%s, process %d", y.URL, y.PID); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	y.greet(out, minted, s.data)
	if s.ready == "" {
		return nil
	}
	text, err := json.Marshal(y)
	if err != nil {
		return fmt.Errorf("encoding the ready file: %w", err)
	}
	draft := s.ready + ".draft"
	if err := os.WriteFile(draft, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the ready file: %w", err)
	}
	return os.Rename(draft, s.ready)
}

// defaultClaims are the claims of a caller who may call every operation.
func defaultClaims(t template.Template) claims {
	c := claims{user: defaultUser, session: "local", ttl: defaultTTL}
	c.configure(t.Functions[t.API.Authorizer.Function].Environment)
	return c
}

// registration is the operation of the printed curl.
var registration = openapi.Named("registerUserOrganization")

// greet prints the addresses and a curl that works.
func (y system) greet(out io.Writer, minted tokens, data string) {
	server := y.Engine
	if y.EnginePID != 0 {
		server += ", process " + strconv.Itoa(y.EnginePID)
	}
	events := ""
	if y.Events != "" {
		events = "\n  Events    " + y.Events
	}
	_, _ = fmt.Fprintf(out, `The local system serves. Ctrl-C stops it; its data stays in %s.

  API       %s
  Docs      %s/docs
  DynamoDB  %s (%s, tables %s and %s)%s

Register user 1 in organization 1:

curl --request POST \
  --url %s%s \
  --header 'Authorization: %s' \
  --header 'content-type: application/json' \
  --header 'x-session-token: %s' \
  --data '
{
  "scope": 1,
  "permissions": {
    "group": 0,
    "manage": [
      1,
      2
    ],
    "read": [
      1,
      2
    ]
  }
}
'

`, data, y.URL, y.origin(), y.Endpoint, server, y.Table, template.LocalNames["HistoryTable"], events, y.URL, registration.PathOf(1, 1), minted.Authorization, minted.Session)
}
