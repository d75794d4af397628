package main

import (
	"strings"
	"testing"
	"time"
)

// calls remembers what was written, call by call.
type calls []string

func (c *calls) Write(text []byte) (int, error) {
	*c = append(*c, string(text))
	return len(text), nil
}

func TestARequestIsWrittenDownInOneCall(t *testing.T) {
	t.Parallel()
	event := benchEvent(t)
	var written calls
	h := benchHandler()
	h.journal = newJournal(&written, "", "register", time.Now)
	for n := 1; n <= 3; n++ {
		if _, err := h.Invoke(t.Context(), event); err != nil {
			t.Fatal(err)
		}
		if len(written) != n {
			t.Fatalf("%d calls after %d requests: %q", len(written), n, written)
		}
		last := written[n-1]
		if strings.Count(last, "\n") != 2 || !strings.HasPrefix(last, `{"timestamp":`) || !strings.Contains(last, "\n{\"FunctionName\":") {
			t.Errorf("wrote %q, want the log line and the metrics", last)
		}
	}
}
