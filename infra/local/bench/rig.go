package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"users-organizations/infra/local/eventbus"
	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/localtest"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/dynamo/engine"
)

var table = localtest.TableName

// rig has what the measured processes need: the engine, the roots that its fronts'
// certificates lead to, the event bus and the binaries.
type rig struct {
	dir       string
	engine    *engine.Engine
	authority *authority
	binaries  map[string]string
	events    *events
	// bus is the front of the event bus.
	bus *front
	// roots is the text about the roots that a process finds.
	roots string
	// variables are added to the environment of every process.
	variables map[string]string
}

// newRig builds the programs and starts the engine. sources is the folder of
// the sample events.
func newRig(ctx context.Context, sources string, programs ...program) (*rig, error) {
	dir, err := os.MkdirTemp("", "users-organizations-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the binaries: %w", err)
	}
	r := &rig{dir: dir}
	if err := r.fill(ctx, sources, programs); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *rig) fill(ctx context.Context, sources string, programs []program) error {
	var err error
	if r.events, err = readEvents(sources); err != nil {
		return err
	}
	if r.binaries, err = buildAll(ctx, r.dir, programs...); err != nil {
		return err
	}
	if r.authority, err = newAuthority(); err != nil {
		return err
	}
	if err := r.vouch(); err != nil {
		return err
	}
	if r.engine, err = engine.Start(ctx, engine.Options{}); err != nil {
		return err
	}
	if err := localtest.CreateTables(ctx, r.engine.Endpoint()); err != nil {
		return err
	}
	bus, err := eventbus.Start(ctx, filepath.Join(r.dir, "events.jsonl"), io.Discard, time.Now)
	if err != nil {
		return err
	}
	r.bus, err = newFront(ctx, r.authority.server, bus.Endpoint())
	return err
}

// vouch makes the processes trust our authority. Where our roots can be mounted over
// the machine's, a process finds them as on Lambda. Elsewhere a variable names the
// file, and coldstart.RootsOnce has nothing to do.
func (r *rig) vouch() error {
	roots := filepath.Join(r.dir, "roots")
	if err := os.Mkdir(roots, 0o755); err != nil { //nolint:gosec // Functions read it.
		return fmt.Errorf("making a folder for the roots: %w", err)
	}
	n, err := r.authority.layRoots(roots)
	if err != nil {
		return err
	}
	if err := mountRoots(roots); err != nil {
		r.roots = fmt.Sprintf("%d roots by SSL_CERT_FILE, so that what is gained by reading them once is not measured: %v", n, err)
		r.variables = map[string]string{"SSL_CERT_FILE": filepath.Join(roots, filepath.Base(bundle))}
		return nil
	}
	r.roots = fmt.Sprintf("%d roots in %s, in one file and in a file each, as on provided.al2023", n, certificates)
	return nil
}

func (r *rig) close() {
	if r.bus != nil {
		r.bus.close()
	}
	if r.engine != nil {
		r.engine.Stop()
	}
	_ = os.RemoveAll(r.dir)
}

// subject is a running program, in one process.
type subject struct {
	program
	binary   string
	pid      int
	init     time.Duration
	function *lambda.Function
	front    *front
	events   *events
	// engine is the endpoint for storing what the calls need.
	engine string
	// owner is the user, or the organization, of this process's calls.
	owner int64
	// revision is the current one of the membership that is changed.
	revision string
	// batches is the number of batches that it has received.
	batches int64
}

// start starts p as a function with memory MB, and returns when it asks for its
// first event.
func (r *rig) start(ctx context.Context, p program, memory int) (*subject, error) {
	f, err := newFront(ctx, r.authority.server, r.engine.Endpoint())
	if err != nil {
		return nil, err
	}
	environment := map[string]string{}
	maps.Copy(environment, r.variables)
	if strings.HasPrefix(p.folder, "functions/") {
		environment["GODEBUG"] = coldstart.Debug
	}
	if p.authorizer {
		environment["AUTH_KEYS"] = r.events.keys
	} else {
		environment["TABLE_NAME"] = table
		environment["ORGANIZATION_INDEX_NAME"] = "by-organization"
		environment["HISTORY_TABLE_NAME"] = table + "-history"
		environment["AWS_ENDPOINT_URL_DYNAMODB"] = f.url()
		environment["EVENT_BUS_NAME"] = "memberships"
		environment["AWS_ENDPOINT_URL_EVENTBRIDGE"] = r.bus.url()
	}
	binary, err := r.copyOf(p)
	if err != nil {
		f.close()
		return nil, err
	}
	s := &subject{program: p, binary: binary, front: f, events: r.events, engine: r.engine.Endpoint(), function: lambda.New(lambda.Config{
		Name:        p.name,
		Binary:      binary,
		Environment: environment,
		MemorySize:  memory,
		Timeout:     time.Minute,
		Concurrency: 1,
		Output:      io.Discard,
		Log:         log.Default(),
	})}
	began := time.Now()
	err = s.function.Warm(ctx)
	s.init = time.Since(began)
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("starting %s: %w", p.name, err)
	}
	s.pid = s.function.PIDs()[0]
	return s, nil
}

func (s *subject) stop() {
	s.function.Close()
	s.front.close()
	_ = os.Remove(s.binary)
}

// copyOf copies a program's binary to a new file. The same bytes in another file
// differ by up to 6 % in the processor time of a call, by where the kernel keeps
// their pages: with a file for each process that is noise, and favours no program.
func (r *rig) copyOf(p program) (string, error) {
	content, err := os.ReadFile(r.binaries[p.name])
	if err != nil {
		return "", fmt.Errorf("reading the binary of %s: %w", p.name, err)
	}
	file, err := os.CreateTemp(r.dir, "bootstrap-")
	if err != nil {
		return "", fmt.Errorf("copying the binary of %s: %w", p.name, err)
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Chmod(0o700), file.Close()); err != nil {
		return "", fmt.Errorf("copying the binary of %s: %w", p.name, err)
	}
	return file.Name(), nil
}

// call hands over the next event, and gives the time until the response.
func (s *subject) call(ctx context.Context) (time.Duration, error) {
	event, err := s.next(ctx)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	response, err := s.function.Invoke(ctx, "Root=1-6756fd84-1a2b3c4d5e6f708192a3b4c5;Sampled=0", event)
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("calling %s: %w", s.name, err)
	}
	if err := s.checkResponse(response); err != nil {
		return 0, err
	}
	return took, s.remember(response)
}
