package main_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestNoCallWaitsForAnother suspends the engine, so that each call lasts as long as
// a function waits for its store. Each call has a process of its own or is
// throttled; none waits for another.
func TestNoCallWaitsForAnother(t *testing.T) {
	t.Parallel()
	const calls = 40
	for name, test := range map[string]struct {
		concurrency string
		throttled   bool
	}{
		"up to the limit": {"40", false},
		"beyond it":       {"8", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, options{arguments: []string{"-concurrency", test.concurrency}})
			good := s.register(t, "1/1")
			if a := s.send(t, good); a.status != 201 { // The gateway now knows the caller.
				t.Fatalf("responded %d %s", a.status, a.body)
			}
			s.suspendEngine(t)
			var mu sync.Mutex
			var wg sync.WaitGroup
			statuses := map[int]int{}
			ids := map[string]bool{}
			for i := range calls {
				wg.Go(func() {
					r := good
					r.path = registration.PathOf(2+i, 1)
					a := s.send(t, r)
					mu.Lock()
					defer mu.Unlock()
					statuses[a.status]++
					ids[a.header.Get("X-Request-Id")] = true
				})
			}
			wg.Wait()
			if statuses[503] == 0 || (statuses[502] > 0) != test.throttled || statuses[503]+statuses[502] != calls {
				t.Errorf("responses by status: %v", statuses)
			}
			if got := strings.Contains(s.output.String(), "throttled: 8 invocations of RegisterFunction are running, the most allowed"); got != test.throttled {
				t.Errorf("the log has the throttling: %v, want %v", got, test.throttled)
			}
			for id := range ids {
				s.output.wait(t, fmt.Sprintf(`"requestId":%q`, id))
			}
		})
	}
}

// suspendEngine keeps the engine from responding until the test ends.
func (s *system) suspendEngine(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(s.EnginePID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(s.EnginePID, syscall.SIGCONT) })
	until(t, "the engine is suspended", func() bool {
		state, err := exec.CommandContext(t.Context(), "ps", "-o", "stat=", "-p", strconv.Itoa(s.EnginePID)).Output() //nolint:gosec // A number.
		return err == nil && strings.HasPrefix(string(state), "T")
	})
}
