// Package engine runs the embedded DynamoDB engine: the dynoxide binary, which
// keeps its tables in one SQLite file or in memory.
package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"users-organizations/pkg/child"
)

// Region is the region of local tables. Another server than the embedded engine may
// keep a set of tables for each region.
const Region = "eu-west-3"

const (
	startTimeout = 10 * time.Second
	attempts     = 5
)

// Options say where an engine keeps its data.
type Options struct {
	// DataDir is the directory of the engine's file, created if it is missing. Empty
	// means in memory: the tables end with the engine.
	DataDir string
}

// Engine is a running engine.
type Engine struct {
	process  *child.Process
	binary   string
	endpoint string
	name     string
}

// errPortTaken says that another program took the port before the engine did.
var errPortTaken = errors.New("the chosen port was taken")

// Start starts the engine on a free port of the loopback interface and returns when
// it responds. The engine ends with Stop, and on Linux also with the process that
// called Start.
func Start(ctx context.Context, options Options) (*Engine, error) {
	binary, err := find()
	if err != nil {
		return nil, err
	}
	var file string
	if options.DataDir != "" {
		if err := os.MkdirAll(options.DataDir, 0o700); err != nil {
			return nil, fmt.Errorf("making the engine's directory: %w", err)
		}
		file = filepath.Join(options.DataDir, "dynamodb.sqlite")
	}
	for range attempts {
		var e *Engine
		e, err = start(ctx, binary, file)
		if !errors.Is(err, errPortTaken) {
			return e, err
		}
	}
	return nil, fmt.Errorf("starting the DynamoDB engine: %w, %d times", err, attempts)
}

// Endpoint is the URL of the engine, such as http://127.0.0.1:8000.
func (e *Engine) Endpoint() string { return e.endpoint }

// Name is the engine and its version, such as "dynoxide 1.2.1".
func (e *Engine) Name() string { return e.name }

// Binary is the path of the engine's program.
func (e *Engine) Binary() string { return e.binary }

// PID is the id of the engine's process.
func (e *Engine) PID() int { return e.process.PID() }

// Done is closed when the engine has ended, for any reason.
func (e *Engine) Done() <-chan struct{} { return e.process.Done() }

// Stop ends the engine and returns when all of its data is written.
func (e *Engine) Stop() { e.process.Stop() }

func start(ctx context.Context, binary, file string) (*Engine, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	arguments := []string{"--host", "127.0.0.1", "--port", port}
	if file != "" {
		arguments = append(arguments, "--db-path", file)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe for the engine's output: %w", err)
	}
	// The engine outlives the context of its start.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), binary, arguments...) //nolint:gosec // The pinned binary, or the user's own on PATH.
	cmd.Stdout, cmd.Stderr = write, write
	process, err := child.Start(cmd)
	_ = write.Close()
	if err != nil {
		_ = read.Close()
		return nil, err
	}
	e := &Engine{process: process, binary: binary, endpoint: "http://" + net.JoinHostPort("127.0.0.1", port)}
	if err := e.wait(ctx, read); err != nil {
		process.Kill()
		return nil, err
	}
	return e, nil
}

// wait returns when the engine prints that it listens. A connection alone might
// reach another server on the port.
func (e *Engine) wait(ctx context.Context, output *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	said := make(chan error, 1)
	go func() {
		defer func() { _ = output.Close() }()
		said <- listening(output)
		_, _ = io.Copy(io.Discard, output)
	}()
	select {
	case err := <-said:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return fmt.Errorf("waiting for the DynamoDB engine: %w", ctx.Err())
	}
	version, err := e.version(ctx)
	if err != nil {
		return fmt.Errorf("asking the DynamoDB engine for its version: %w", err)
	}
	e.name = "dynoxide " + version
	return nil
}

func listening(output io.Reader) error {
	var last string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		last = lines.Text()
		if strings.Contains(last, "listening on http://") {
			return nil
		}
		if strings.Contains(last, "already in use") {
			return errPortTaken
		}
	}
	return fmt.Errorf("the DynamoDB engine ended at its start: %s", strings.TrimPrefix(last, "error: "))
}

func (e *Engine) version(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.endpoint, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return "", errors.New(response.Status)
	}
	return response.Header.Get("x-dynoxide-version"), nil
}

// freePort returns a port that is free now, since the engine can't choose one.
func freePort(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("choosing a port for the engine: %w", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}
