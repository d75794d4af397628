package main

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/telemetry/telemetrytest"
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

// slowStore takes 7 ms on a test's clock.
type slowStore struct{ clock *time.Time }

func (s slowStore) Create(context.Context, membership.Record) (*membership.Replaced, error) {
	*s.clock = s.clock.Add(7 * time.Millisecond)
	return nil, nil
}

func TestWhatARequestLeaves(t *testing.T) {
	t.Parallel()
	clock := sampleTime
	var out telemetrytest.Output
	h := newTestHandler(slowStore{&clock}, &out)
	h.now = func() time.Time { return clock }
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-2-3") //nolint:revive,staticcheck // aws-lambda-go's key
	if _, err := h.Invoke(ctx, sampleEvent(t, "register")); err != nil {
		t.Fatal(err)
	}
	log, metrics, _ := strings.Cut(out.String(), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(log), &line); err != nil {
		t.Fatal(err)
	}
	delete(line, "timestamp")
	want := map[string]any{
		"level": "INFO", "message": "request", "requestId": "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01", "traceId": "Root=1-2-3",
		"route":  "POST /users-organizations/v1/bo/users/register/{userId}/organizations/{organizationId}",
		"status": 201., "outcome": "created", "durationMs": 7., "caller": "1234567890", "userId": "1", "organizationId": "1",
	}
	if !maps.Equal(line, want) {
		t.Errorf("logged %v\nwant %v", line, want)
	}
	if want := `{"FunctionName":"register","Registrations":1,"StoreLatency":7,`; !strings.HasPrefix(metrics, want) {
		t.Errorf("counted %s, want %s", metrics, want)
	}
}
