package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"users-organizations/infra/local/eventbus"
)

// busFault is a way to respond to PutEvents.
type busFault string

const (
	takes   busFault = "takes all"
	refuses busFault = "refuses all"
	picks   busFault = "refuses some"
	fails   busFault = "fails"
	forgets busFault = "takes all and responds with an error"
)

// faultyBus refuses events as EventBridge may.
type faultyBus struct {
	bus *eventbus.Bus

	mu sync.Mutex
	// fault gives the fault of the next call; calls counts them.
	fault func() busFault
	calls map[busFault]int
}

func newFaultyBus(bus *eventbus.Bus) *faultyBus {
	return &faultyBus{bus: bus, fault: func() busFault { return takes }, calls: map[busFault]int{}}
}

// set sets the faults of the next calls.
func (b *faultyBus) set(fault func() busFault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = fault
}

// ServeHTTP serves one PutEvents.
func (b *faultyBus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	fault := b.fault()
	b.calls[fault]++
	b.mu.Unlock()
	switch fault {
	case takes:
		b.bus.ServeHTTP(w, r)
	case refuses:
		b.pick(w, r, func(int) bool { return false })
	case picks:
		b.pick(w, r, func(i int) bool { return i%2 > 0 })
	case forgets:
		b.bus.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(http.StatusInternalServerError)
	case fails:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// pick refuses the entries of a call that may not pass, and takes the others.
func (b *faultyBus) pick(w http.ResponseWriter, r *http.Request, may func(i int) bool) {
	var in struct{ Entries []json.RawMessage }
	_ = json.NewDecoder(r.Body).Decode(&in)
	var results []string
	refused := 0
	for i, entry := range in.Entries {
		if may(i) {
			results = append(results, b.take(r, entry))
			continue
		}
		refused++
		results = append(results, `{"ErrorCode":"ThrottlingException"}`)
	}
	_, _ = fmt.Fprintf(w, `{"FailedEntryCount":%d,"Entries":[%s]}`, refused, strings.Join(results, ","))
}

// take publishes one entry and gives the bus's result.
func (b *faultyBus) take(r *http.Request, entry json.RawMessage) string {
	one := httptest.NewRequestWithContext(r.Context(), http.MethodPost, "/", strings.NewReader(`{"Entries":[`+string(entry)+`]}`))
	one.Header = r.Header
	response := httptest.NewRecorder()
	b.bus.ServeHTTP(response, one)
	var out struct{ Entries []json.RawMessage }
	_ = json.Unmarshal(response.Body.Bytes(), &out)
	return string(out.Entries[0])
}
