package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

// eventBridge is a server that accepts the events for which accept returns true.
type eventBridge struct {
	accept func(id string) bool

	mu    sync.Mutex
	calls [][]string // the ids of each call
}

type putEvents struct {
	Entries []struct{ Source, DetailType, Detail, EventBusName string }
}

type result struct {
	EventID   string `json:"EventId,omitempty"`
	ErrorCode string `json:",omitempty"`
}

func (e *eventBridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in putEvents
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var ids []string
	var results []result
	refused := 0
	for _, entry := range in.Entries {
		var event struct{ ID string }
		if err := json.Unmarshal([]byte(entry.Detail), &event); err != nil || entry.Source != history.Source || entry.EventBusName != "memberships" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		ids = append(ids, event.ID)
		if e.accept(event.ID) {
			results = append(results, result{EventID: "x"})
			continue
		}
		refused++
		results = append(results, result{ErrorCode: "ThrottlingException"})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, ids)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	text, err := json.Marshal(struct {
		FailedEntryCount int
		Entries          []result
	}{refused, results})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text)
}

func newTestBus(t *testing.T, server http.Handler) *bus {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	b, err := newBus(func(name string) string {
		return map[string]string{
			"AWS_REGION": "eu-west-3", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s",
			"EVENT_BUS_NAME": "memberships", "AWS_ENDPOINT_URL_EVENTBRIDGE": s.URL,
		}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newEntries(n int) []history.Entry {
	entries := make([]history.Entry, n)
	for i := range entries {
		entries[i] = history.Entry{Pair: "7/1", Sequence: int64(i) + 1, Type: history.Registered, At: now, EventID: fmt.Sprint(i)}
	}
	return entries
}

func TestPublish(t *testing.T) {
	t.Parallel()
	codes := slices.Repeat([]int64{membership.MinInteger}, membership.MaxItems)
	large := membership.Membership{Permissions: membership.Permissions{Read: codes, Manage: codes}}
	withLarge := newEntries(9)
	for i := range withLarge {
		withLarge[i].Before, withLarge[i].After = &large, &large
	}
	for name, test := range map[string]struct {
		entries []history.Entry
		refused []string
		done    int
		calls   []int // events in each
	}{
		"none":                      {nil, nil, 0, nil},
		"one":                       {newEntries(1), nil, 1, []int{1}},
		"ten":                       {newEntries(10), nil, 10, []int{10}},
		"a batch":                   {newEntries(25), nil, 25, []int{10, 10, 5}},
		"the largest memberships":   {withLarge, nil, 9, []int{3, 3, 3}},
		"one refused in the middle": {newEntries(25), []string{"13"}, 13, []int{10, 10}},
		"some refused":              {newEntries(10), []string{"4", "2", "9"}, 2, []int{10}},
		"all refused":               {newEntries(3), []string{"0", "1", "2"}, 0, []int{3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &eventBridge{accept: func(id string) bool { return !slices.Contains(test.refused, id) }}
			done, err := newTestBus(t, server).publish(t.Context(), test.entries)
			if done != test.done || (err == nil) != (done == len(test.entries)) {
				t.Errorf("%d published (%v), want %d", done, err, test.done)
			}
			if err != nil && !strings.Contains(err.Error(), "ThrottlingException") {
				t.Errorf("the error does not say why: %v", err)
			}
			var calls []int
			for _, ids := range server.calls {
				calls = append(calls, len(ids))
			}
			if !slices.Equal(calls, test.calls) {
				t.Errorf("calls of %v events, want %v", calls, test.calls)
			}
		})
	}
}

// hang waits until the caller gives up.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then does a server notice that the caller is gone
	<-r.Context().Done()
}

// TestABusThatFails: no event counts as published unless the bus has accepted it.
func TestABusThatFails(t *testing.T) {
	t.Parallel()
	respond := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, server := range map[string]http.HandlerFunc{
		"hangs":          hang,
		"is missing":     respond(http.StatusBadRequest, `{"__type":"ResourceNotFoundException","message":"no such bus"}`),
		"fails":          respond(http.StatusInternalServerError, `{"__type":"InternalException"}`),
		"responds empty": respond(http.StatusOK, ``),
		"has no results": respond(http.StatusOK, `{}`),
		"is no bus":      respond(http.StatusOK, `<html>`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if done, err := newTestBus(t, server).publish(t.Context(), newEntries(2)); done != 0 || err == nil {
				t.Errorf("%d published, %v", done, err)
			}
		})
	}
}
