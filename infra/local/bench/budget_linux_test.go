package main

import "testing"

func TestSystemCallsStayWithinTheirBudget(t *testing.T) {
	t.Parallel()
	const calls = 200
	rig, err := newRig(t.Context(), "../../../events", register, authorizer, hello)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rig.close)
	perCall := map[string]float64{}
	for _, p := range []program{register, authorizer, hello} {
		s, err := rig.start(t.Context(), p, shipped)
		if err != nil {
			t.Fatal(err)
		}
		defer s.stop()
		before, err := transfers(s.pid)
		if err != nil {
			t.Fatal(err)
		}
		for range calls {
			if _, err := s.call(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		after, err := transfers(s.pid)
		if err != nil {
			t.Fatal(err)
		}
		perCall[p.name] = (after - before) / calls
		if !p.stores {
			continue
		}
		if n := s.front.connections.Load(); n != 1 {
			t.Errorf("%s opened %d connections to DynamoDB, want 1", p.name, n)
		}
		if all, writes := s.front.calls.Load(), s.front.writes.Load(); all != calls || writes != calls {
			t.Errorf("%s sent DynamoDB %d requests, %d of them PutItem, in %d calls; want one PutItem each",
				p.name, all, writes, calls)
		}
	}
	t.Logf("reads and writes a call: %v", perCall)
	// More than hello: a write of the request to DynamoDB, a read of its response, a
	// read that finds nothing yet, and a write of all log lines. Less than hello: a
	// read of the event. hello's own number varies by one.
	if n := perCall[register.name] - perCall[hello.name]; n > 3 {
		t.Errorf("register reads and writes %.2f times a call more than hello, want at most 3", n)
	}
	if n := perCall[authorizer.name] - perCall[hello.name]; n > 0.5 {
		t.Errorf("authorizer reads and writes %.2f times a call more than hello, want at most 0.5", n)
	}
}
