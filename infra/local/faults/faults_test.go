package faults_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"users-organizations/infra/local/build"
	"users-organizations/infra/local/faults"
	"users-organizations/infra/local/localtest"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/notes"
)

// The tests share the functions' binaries, by name, and an engine that most of them
// reach through a proxy of their own.
var (
	binaries             = map[string]string{}
	endpoint, engineName string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	// These tests wait for time-outs far more than they compute.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		return fail(err)
	}
	directory, err := os.MkdirTemp("", "faults")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(directory) }()
	for _, name := range []string{"register", "authorizer", "record", "read", "change"} {
		if binaries[name], err = build.Command(context.Background(), directory, "functions/"+name); err != nil {
			return fail(err)
		}
	}
	e, err := engine.Start(context.Background(), engine.Options{})
	if err != nil {
		return fail(err)
	}
	defer e.Stop()
	endpoint, engineName = e.Endpoint(), e.Name()
	if err := localtest.CreateTables(context.Background(), endpoint); err != nil {
		return fail(err)
	}
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// retries are the SDK's settings. Every fault must end the same under each.
var retries = map[string]map[string]string{
	"as the SDK is":             nil,
	"AWS_NEW_RETRIES_2026=true": {"AWS_NEW_RETRIES_2026": "true"},
}

// TestFaults: the attempts of one registration meet the faults in order, and
// further attempts pass.
func TestFaults(t *testing.T) {
	notes.Add(t, "faults and histories (infra/local/faults): embedded engine, %s", engineName)
	t.Parallel()
	type sequence = []faults.Fault
	thrice := func(f faults.Fault) sequence { return sequence{f, f, f} }
	for name, c := range map[string]struct {
		meets  sequence
		status int
		// stored: the table has the membership afterwards.
		stored bool
		// calls is the number of the function's attempts.
		calls int
	}{
		"no fault: 201": {nil, 201, true, 1},
		"reset before the write, once: 201 by the second attempt":    {sequence{faults.ResetBefore}, 201, true, 2},
		"reset before the write, each time: 503, nothing stored":     {thrice(faults.ResetBefore), 503, false, 3},
		"silence before the write, once: 201 by the second attempt":  {sequence{faults.HangBefore}, 201, true, 2},
		"silence before the write, each time: 503, nothing stored":   {thrice(faults.HangBefore), 503, false, 3},
		"throttled, twice: 201 by the third attempt":                 {sequence{faults.Throttle, faults.Throttle}, 201, true, 3},
		"throttled, each time: 503, nothing stored":                  {thrice(faults.Throttle), 503, false, 3},
		"500 before the write, once: 201 by the second attempt":      {sequence{faults.FailBefore}, 201, true, 2},
		"500 before the write, each time: 503, nothing stored":       {thrice(faults.FailBefore), 503, false, 3},
		"not HTTP, once: 201 by the second attempt":                  {sequence{faults.Speak}, 201, true, 2},
		"slow, but within an attempt's time: 201":                    {sequence{faults.Slow(400 * time.Millisecond)}, 201, true, 1},
		"too slow, but written: 201 by its own mark":                 {sequence{faults.Slow(time.Minute)}, 201, true, 2},
		"response lost after the write, once: 201 by its own mark":   {sequence{faults.ResetAfter}, 201, true, 2},
		"response lost after the write, each time: 503, stored once": {thrice(faults.ResetAfter), 503, true, 3},
		"silence after the write, once: 201 by its own mark":         {sequence{faults.HangAfter}, 201, true, 2},
		"silence after the write, each time: 503, stored once":       {thrice(faults.HangAfter), 503, true, 3},
		"500 after the write, once: 201 by its own mark":             {sequence{faults.FailAfter}, 201, true, 2},
		"500 after the write, each time: 503, stored once":           {thrice(faults.FailAfter), 503, true, 3},
		"response truncated, once: 201 by its own mark":              {sequence{faults.Truncate}, 201, true, 2},
		"response truncated, each time: 503, stored once":            {thrice(faults.Truncate), 503, true, 3},
		"response altered, once: 201 by its own mark":                {sequence{faults.Alter}, 201, true, 2},
		"response altered, each time: 503, stored once":              {thrice(faults.Alter), 503, true, 3},
		"an empty 200, once: 201 by its own mark":                    {sequence{faults.Hollow}, 201, true, 2},
		"an empty 200, each time: 503, stored once":                  {thrice(faults.Hollow), 503, true, 3},
		"response stalled halfway: 201 by its own mark":              {sequence{faults.Stall}, 201, true, 2},
		"response garbled: 503, stored once":                         {sequence{faults.Garble}, 503, true, 1},
		"throttled, then response lost: 201 by its own mark":         {sequence{faults.Throttle, faults.ResetAfter}, 201, true, 3},
	} {
		for setting, more := range retries {
			t.Run(name+"/"+setting, func(t *testing.T) {
				t.Parallel()
				s := start(t, more)
				s.proxy.Choose(faults.InTurn(c.meets...))
				r := request()
				response := s.expect(t, r, c.status)
				s.checkStored(t, r, response, c.stored)
				if response.Headers["Idempotency-Replayed"] != "" {
					t.Error("it mistakes its own attempt for an earlier call")
				}
				if n := s.proxy.Calls(); n != c.calls {
					t.Errorf("%d attempts, want %d", n, c.calls)
				}
				s.checkRepeats(t, r, response)
			})
		}
	}
}

// TestRefusedConnections: the server is down, from the start or later.
func TestRefusedConnections(t *testing.T) {
	t.Parallel()
	for name, warm := range map[string]bool{
		"connections refused from the start: 503, and 201 once they are not": false,
		"connections refused later: 503, and 201 once they are not":          true,
	} {
		for setting, more := range retries {
			t.Run(name+"/"+setting, func(t *testing.T) {
				t.Parallel()
				s := start(t, more)
				if warm {
					s.expect(t, request(), 201)
				}
				s.proxy.Refuse()
				r := request()
				response := s.expect(t, r, 503)
				s.checkStored(t, r, response, false)
				if err := s.proxy.Accept(t.Context()); err != nil {
					t.Fatal(err)
				}
				s.checkRepeats(t, r, response)
			})
		}
	}
}

// TestTakenPlace: a fault hits the refusal of a registration. The retry must not
// mistake the other caller's item for its own attempt's.
func TestTakenPlace(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]faults.Fault{
		"refusal lost: still 409":             faults.ResetAfter,
		"refusal held back: still 409":        faults.HangAfter,
		"refusal turned into 500: still 409":  faults.FailAfter,
		"reset before the refusal: still 409": faults.ResetBefore,
		"refusal truncated: still 409":        faults.Truncate,
		"refusal altered: still 409":          faults.Alter,
		"refusal emptied: still 409":          faults.Hollow,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			r := request()
			first := s.expect(t, r, 201)
			s.proxy.Choose(faults.InTurn(fault))
			second := r
			second.ID, second.Caller = r.ID+"-second", "bob"
			s.expect(t, second, 409)
			s.checkStored(t, r, first, true)
		})
	}
}

// TestLateWrite: an attempt that the function has given up reaches the table after
// the response to the next one.
func TestLateWrite(t *testing.T) {
	t.Parallel()
	for name, deleted := range map[string]bool{
		"a write that arrives after the retry's changes nothing": false,
		"a write that arrives after the deletion undoes nothing": true,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			until, delivered := make(chan struct{}), make(chan struct{})
			s.proxy.Choose(faults.InTurn(faults.Late(until, delivered)))
			r := request()
			r.IdempotencyKey = ""
			s.expect(t, r, 201)
			if deleted {
				if item, err := localtest.Delete(t.Context(), s.engine(), r.User, r.Organization, "2099-01-01T00:00:00.000Z"); item == nil {
					t.Fatalf("nothing was deleted: %v", err)
				}
			}
			before, err := localtest.Stored(t.Context(), s.engine(), r.User, r.Organization)
			if err != nil {
				t.Fatal(err)
			}
			close(until)
			<-delivered
			after, err := localtest.Stored(t.Context(), s.engine(), r.User, r.Organization)
			if err != nil || !reflect.DeepEqual(after, before) {
				t.Errorf("stored %+v, then %+v, %v", before, after, err)
			}
		})
	}
}

type sent struct {
	request  localtest.Request
	response localtest.Response
}

// TestEngineRestart stops the engine under load and starts it again on its data.
// Every 201 is in the table; every other response is a 503.
func TestEngineRestart(t *testing.T) {
	t.Parallel()
	data := engine.Options{DataDir: t.TempDir()}
	e, err := engine.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if err := localtest.CreateTables(t.Context(), e.Endpoint()); err != nil {
		t.Fatal(err)
	}
	s := startAt(t, e.Endpoint(), 8, nil)

	const clients, before, after = 8, 10, 10
	var (
		underway  sync.WaitGroup
		once      sync.Once
		down      = make(chan struct{})
		restarted atomic.Bool
		responded = make(chan []sent, clients)
	)
	underway.Add(clients)
	for range clients {
		go func() {
			var responses []sent
			for sinceRestart := 0; sinceRestart < after; {
				r := request()
				response := s.response(t, r)
				responses = append(responses, sent{r, response})
				if len(responses) == before {
					underway.Done()
				}
				if response.Status != 201 {
					once.Do(func() { close(down) })
				}
				if restarted.Load() {
					sinceRestart++
				}
			}
			responded <- responses
		}()
	}
	underway.Wait()
	e.Stop()
	<-down
	if e, err = engine.Start(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	s.moveTo(e.Endpoint())
	restarted.Store(true)

	counts := map[int]int{}
	for range clients {
		for _, x := range <-responded {
			r, response := x.request, x.response
			counts[response.Status]++
			switch response.Status {
			case 201:
				s.checkStored(t, r, response, true)
			case 503:
				s.checkRepeats(t, r, response)
			default:
				t.Errorf("%s: %d %s", r.ID, response.Status, response.Body)
			}
		}
	}
	t.Logf("responses by status: %v", counts)
	if counts[503] == 0 {
		t.Error("no response was a 503: the outage was not noticed")
	}
}
