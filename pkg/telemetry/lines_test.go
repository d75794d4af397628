package telemetry_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"users-organizations/pkg/telemetry"
)

// writer has the text of each call of Write.
type writer struct {
	calls []string
	err   error
}

func (w *writer) Write(text []byte) (int, error) {
	w.calls = append(w.calls, string(text))
	return len(text), w.err
}

func TestLinesAreWrittenTogether(t *testing.T) {
	t.Parallel()
	w := &writer{err: errors.New("broken pipe")}
	lines := telemetry.NewLines(w)
	lines.Flush()
	for _, line := range []string{"a\n", "b\n", "c\n"} {
		if n, err := lines.Write([]byte(line)); n != len(line) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		if line == "b\n" {
			lines.Flush()
		}
	}
	lines.Flush()
	lines.Flush()
	if got := fmt.Sprintf("%q", w.calls); got != `["a\nb\n" "c\n"]` {
		t.Errorf("written as %s", got)
	}
}

func TestNoLineIsLostOrTorn(t *testing.T) {
	t.Parallel()
	const writers, lines = 20, 50
	w := &writer{}
	l := telemetry.NewLines(w)
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for n := range lines {
				_, _ = fmt.Fprintf(l, "%d of %d\n", n, i)
				l.Flush()
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for line := range strings.Lines(strings.Join(w.calls, "")) {
		seen[line]++
	}
	for i := range writers {
		for n := range lines {
			if line := fmt.Sprintf("%d of %d\n", n, i); seen[line] != 1 {
				t.Errorf("%q was written %d times", line, seen[line])
			}
		}
	}
}
