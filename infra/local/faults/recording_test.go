package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"users-organizations/infra/local/eventbus"
	"users-organizations/infra/local/faults"
	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/localtest"
	"users-organizations/infra/local/stream"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
)

// recording is a scenario on an engine of its own, with all that follows a write:
// the stream, the recorder behind a proxy of its own, and the event bus.
type recording struct {
	*scenario
	t        *testing.T
	endpoint string
	// behind is between the recorder and the history table.
	behind   *faults.Proxy
	recorder *localtest.Logs
	bus      *faultyBus
	delivery *delivery
	// events and checkpoint are files.
	events, checkpoint string
	mapping            stream.Config
	// stop ends the mapping.
	stop func()
}

func startRecording(t *testing.T, concurrency int) *recording {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	if err := localtest.CreateTables(t.Context(), e.Endpoint()); err != nil {
		t.Fatal(err)
	}
	r := &recording{
		scenario: startAt(t, e.Endpoint(), concurrency, nil), t: t, endpoint: e.Endpoint(), recorder: &localtest.Logs{},
		events: filepath.Join(t.TempDir(), "events.jsonl"), checkpoint: filepath.Join(t.TempDir(), "stream.json"),
	}
	if r.behind, err = faults.Start(t.Context(), e.Endpoint()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.behind.Refuse)
	bus, err := eventbus.Start(t.Context(), r.events, io.Discard, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Stop)
	r.bus = newFaultyBus(bus)
	listening := httptest.NewServer(r.bus)
	t.Cleanup(listening.Close)

	declared, err := template.Read("../../../template.yaml", template.LocalNames)
	if err != nil {
		t.Fatal(err)
	}
	function := lambda.New(lambda.Config{
		Name: "RecordFunction", Binary: binaries["record"], MemorySize: 256, Timeout: declared.Functions["RecordFunction"].Timeout,
		Concurrency: 4, Output: r.recorder, Log: log.New(io.Discard, "", 0),
		Environment: map[string]string{
			"HISTORY_TABLE_NAME": template.LocalNames["HistoryTable"], "EVENT_BUS_NAME": "events",
			"AWS_ENDPOINT_URL_DYNAMODB": r.behind.URL(), "AWS_ENDPOINT_URL_EVENTBRIDGE": listening.URL,
		},
	})
	t.Cleanup(func() {
		function.Close()
		r.recorder.CheckSecrets(t, strconv.Itoa(watchedGroup), watchedKey)
	})
	r.delivery = newDelivery(function)
	r.mapping = stream.Config{
		Stream: declared.Streams[0], Endpoint: e.Endpoint(), TableName: localtest.TableName,
		Target: r.delivery, File: r.checkpoint, Log: log.New(io.Discard, "", 0),
		Backoff: func(int) time.Duration { return time.Millisecond },
	}
	r.startMapping()
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *recording) startMapping() {
	r.t.Helper()
	m, err := stream.Open(r.t.Context(), r.mapping)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Run(ctx)
	}()
	r.stop = func() {
		cancel()
		<-ended
	}
}

// restartMapping restarts the mapping at its checkpoint, or at the beginning of the
// stream if the checkpoint is lost.
func (r *recording) restartMapping(lost bool) {
	r.t.Helper()
	r.stop()
	if lost {
		if err := os.Remove(r.checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.t.Fatal(err)
		}
	}
	r.startMapping()
}

// drain returns when the recorder has processed the whole stream.
func (r *recording) drain() {
	r.t.Helper()
	r.delivery.wait(r.t, lastNumber(r.t, r.endpoint))
}

// do makes a call for the pair 1/-1, which must succeed.
func (r *recording) do(k kind, etag string) localtest.Response {
	r.t.Helper()
	request := localtest.Request{
		Operation: operationOf[k], ID: string(k), Caller: "ada", User: 1, Organization: -1, Scope: 1, Group: watchedGroup, IfMatch: etag,
	}
	response, err := localtest.Invoke(r.t.Context(), r.functionOf(k), request)
	if err != nil || response.Status >= 300 {
		r.t.Fatalf("%s: %d %s, %v", k, response.Status, response.Body, err)
	}
	return response
}

// metric sums up a metric of the recorder.
func (r *recording) metric(name string) float64 {
	r.t.Helper()
	sum := 0.0
	for line := range strings.Lines(r.recorder.String()) {
		var values map[string]any
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			r.t.Fatalf("the line %q: %v", line, err)
		}
		if value, ok := values[name].(float64); ok && values["_aws"] != nil {
			sum += value
		}
	}
	return sum
}

// wantHistory compares the history of the pair 1/-1, the newest entry first.
func (r *recording) wantHistory(complete bool, want ...string) {
	r.t.Helper()
	p := r.readHistory(r.t.Context(), 1, -1, nil)
	var got []string
	for _, e := range p.Data {
		text := e.Type
		if e.Sequence == 0 {
			text += " without a sequence"
		}
		if e.Gap {
			text += " after a gap"
		}
		got = append(got, text)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") || p.Complete != complete {
		r.t.Errorf("the history is %q, complete: %t, want %q, complete: %t", got, p.Complete, want, complete)
	}
}
