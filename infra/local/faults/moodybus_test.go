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

// mood is how an event bus takes a call.
type mood string

const (
	takes   mood = "takes all"
	refuses mood = "refuses all"
	picks   mood = "refuses some"
	fails   mood = "fails"
	forgets mood = "takes all, its response is lost"
)

// moodyBus refuses events as EventBridge may.
type moodyBus struct {
	bus *eventbus.Bus

	mu sync.Mutex
	// mood is that of the next call, calls counts them.
	mood  func() mood
	calls map[mood]int
}

func newMoodyBus(bus *eventbus.Bus) *moodyBus {
	return &moodyBus{bus: bus, mood: func() mood { return takes }, calls: map[mood]int{}}
}

// set has calls taken in that mood from now on.
func (b *moodyBus) set(mood func() mood) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mood = mood
}

// ServeHTTP serves one PutEvents.
func (b *moodyBus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	m := b.mood()
	b.calls[m]++
	b.mu.Unlock()
	switch m {
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

// pick takes the entries of a call that may pass, each by itself.
func (b *moodyBus) pick(w http.ResponseWriter, r *http.Request, may func(i int) bool) {
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

// take gives the bus's result.
func (b *moodyBus) take(r *http.Request, entry json.RawMessage) string {
	one := httptest.NewRequestWithContext(r.Context(), http.MethodPost, "/", strings.NewReader(`{"Entries":[`+string(entry)+`]}`))
	one.Header = r.Header
	response := httptest.NewRecorder()
	b.bus.ServeHTTP(response, one)
	var out struct{ Entries []json.RawMessage }
	_ = json.Unmarshal(response.Body.Bytes(), &out)
	return string(out.Entries[0])
}
