package faults_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"users-organizations/infra/local/faults"
	"users-organizations/infra/local/localtest"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/notes"
)

var (
	firstSeed = flag.Uint64("seed", 0, "the seed of the first history, to repeat it; 0 for a random one")
	soak      = flag.Duration("soak", 0, "check one history after the other for this long; 0 for one history")
)

// The size of one history.
const (
	clients    = 12
	operations = 1500
	// Each pair is used for some perPair operations, and about crowd pairs at a time.
	perPair = 30
	crowd   = 8
)

// TestHistory: many clients register, change, remove, restore, repeat and give up
// while faults come and go and the engine restarts. Then it looks for an order of
// the calls that explains all responses and the table.
func TestHistory(t *testing.T) {
	seed := *firstSeed
	if seed == 0 {
		seed = rand.Uint64() >> 12
	}
	for began := time.Now(); ; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { checkHistory(t, seed) })
		if t.Failed() || time.Since(began) > *soak {
			return
		}
	}
}

func checkHistory(t *testing.T, seed uint64) {
	t.Helper()
	h := startHistory(t, seed)
	var wg sync.WaitGroup
	for i := range uint64(clients) {
		wg.Go(func() { h.call(rand.New(rand.NewPCG(seed, i+1))) })
	}
	wg.Go(h.restartEngine)
	wg.Wait()
	h.abandoned.Wait()
	h.readTable()
	h.check()
	t.Logf("seed %d: %d pairs, %v", seed, len(h.seen), h.counts)
}

// history is one run and its observations.
type history struct {
	*scenario
	t       *testing.T
	seed    uint64
	began   time.Time
	data    engine.Options
	running *engine.Engine

	started   atomic.Int64
	halfway   chan struct{}
	abandoned sync.WaitGroup

	mu sync.Mutex
	// seen has the calls for each pair, by its user.
	seen map[int64][]porcupine.Operation
	// revisions has the ETags of each pair, in the order they were seen.
	revisions map[int64][]string
	// lost has the ids of requests whose write may be stored without a response.
	lost map[string]bool
	// counts has the number of responses of each kind.
	counts map[string]int
}

func startHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	h := &history{
		t: t, seed: seed, began: time.Now(),
		data:    engine.Options{DataDir: t.TempDir()},
		halfway: make(chan struct{}),
		seen:    map[int64][]porcupine.Operation{},
		counts:  map[string]int{},

		revisions: map[int64][]string{}, lost: map[string]bool{},
	}
	var err error
	if h.running, err = engine.Start(t.Context(), h.data); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.running.Stop() })
	if err := localtest.CreateTables(t.Context(), h.running.Endpoint()); err != nil {
		t.Fatal(err)
	}
	// Calls that were given up go on during the clients' next ones.
	h.scenario = startAt(t, h.running.Endpoint(), 4*clients, nil)
	h.proxy.Choose(h.weather(rand.New(rand.NewPCG(seed, 0))))
	return h
}

// weather chooses faults: none for 200 calls, and then many for 200 calls.
func (h *history) weather(random *rand.Rand) func() faults.Fault {
	storm := []faults.Fault{
		faults.ResetBefore, faults.Throttle, faults.FailBefore, faults.Speak, faults.Slow(20 * time.Millisecond),
	}
	for _, after := range []faults.Fault{
		faults.ResetAfter, faults.FailAfter, faults.Truncate, faults.Garble, faults.Alter, faults.Hollow,
	} {
		storm = append(storm, h.losing(after))
	}
	// These delay a call by a second.
	rare := []faults.Fault{
		faults.HangBefore, h.losing(faults.HangAfter), h.losing(faults.Stall), h.losing(faults.Slow(time.Minute)), h.losing(heldBack),
	}
	var mu sync.Mutex
	var calls int
	return func() faults.Fault {
		mu.Lock()
		defer mu.Unlock()
		calls++
		stormy := calls/200%2 == 1
		switch n := random.IntN(1000); {
		case stormy && n < 450:
			return storm[random.IntN(len(storm))]
		case stormy && n < 460:
			return rare[random.IntN(len(rare))]
		}
		return faults.Pass
	}
}

// losing notes that f may lose the response to a write that is stored.
func (h *history) losing(f faults.Fault) faults.Fault {
	id := regexp.MustCompile(fmt.Sprintf("%d-[0-9]+", h.seed))
	return func(c *faults.Call) {
		h.mu.Lock()
		h.lost[string(id.Find(c.Body()))] = true
		h.mu.Unlock()
		f(c)
	}
}

// heldBack passes a call on 3 s later, when the function has given it up.
func heldBack(c *faults.Call) {
	until := make(chan struct{})
	time.AfterFunc(3*time.Second, func() { close(until) })
	faults.Late(until, make(chan struct{}))(c)
}

// call makes one call after the other, until all clients together have made enough.
func (h *history) call(random *rand.Rand) {
	for {
		n := h.started.Add(1)
		if n == operations/2 {
			close(h.halfway)
		}
		if n > operations {
			return
		}
		kind, r := h.pick(random, 1+n/perPair+random.Int64N(crowd))
		// A caller that doesn't know the result of a call may repeat it.
		for h.ask(random, kind, r) && random.IntN(4) > 0 {
		}
	}
}

// operationOf names the operation of each kind of call but the registration.
var operationOf = map[kind]string{
	get: "getUserOrganization", change: "changeUserOrganization",
	remove: "removeUserOrganization", restore: "restoreUserOrganization",
}

// pick gives one of a few dozen requests for the pair, so that clients often send
// the same.
func (h *history) pick(random *rand.Rand, pair int64) (kind, localtest.Request) {
	k := []kind{
		register, register, register, register, register, register, change, change, remove, remove, remove, restore, get,
	}[random.IntN(13)]
	r := localtest.Request{
		Operation: operationOf[k],
		Caller:    []string{"ada", "bob"}[random.IntN(2)],
		User:      pair, Organization: -pair,
		Scope: 1 + random.Int64N(2), Group: watchedGroup, Manage: []int64{1, 2}, Read: []int64{},
	}
	switch k {
	case register:
		r.IdempotencyKey = []string{"", "", watchedKey + "-1", watchedKey + "-2", watchedKey + "-3"}[random.IntN(5)]
	case remove:
		if r.IfMatch = h.revision(random, pair); random.IntN(4) == 0 {
			r.IfMatch = "*"
		}
	case change, restore:
		r.IfMatch = h.revision(random, pair)
	case get:
		r.Query = map[string][]string{"deleted": {"include"}}
	case read:
	}
	return k, r
}

// revision gives one of the last revisions of the pair, most often the latest.
func (h *history) revision(random *rand.Rand, pair int64) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := h.revisions[pair]
	if len(seen) == 0 {
		return fmt.Sprintf(`"%032x"`, pair)
	}
	return seen[max(0, len(seen)-1-random.IntN(6)/4*random.IntN(3))]
}

// ask makes one call, and says whether its result is unknown to the caller.
func (h *history) ask(random *rand.Rand, k kind, r localtest.Request) (unknown bool) {
	r.ID = fmt.Sprintf("%d-%d", h.seed, pairs.Add(1))
	s := step{kind: k, request: r, began: tableTime(time.Now())}
	called := h.now()
	ctx, cancel := context.WithCancel(h.t.Context())
	type end struct {
		response localtest.Response
		err      error
	}
	ended := make(chan end, 1)
	h.abandoned.Go(func() {
		defer cancel()
		response, err := localtest.Invoke(ctx, h.functionOf(k), r)
		ended <- end{response, err}
	})

	waits := time.Minute
	crash := random.IntN(100) == 0
	if crash || random.IntN(25) == 0 {
		waits = time.Duration(random.IntN(15)) * time.Millisecond
	}
	select {
	case e := <-ended:
		return h.responded(s, called, e.response, e.err)
	case <-time.After(waits):
		if crash {
			cancel() // Kills the function in the middle of its work.
		}
		h.abandoned.Go(func() {
			e := <-ended
			h.record("given up", called, h.lastEffect(s, called, e.err), s)
		})
		return true
	}
}

func (h *history) responded(s step, called int64, response localtest.Response, err error) (unknown bool) {
	r := s.request
	switch {
	case err != nil:
		h.t.Errorf("%s: no response in time: %v", r.ID, err)
		h.record("no response", called, forever, s)
	case response.Status == 503:
		// Any write of it was asked for before it ended.
		s.ended = tableTime(time.Now().Add(time.Millisecond))
		h.record("503", called, h.lastEffect(s, called, nil), s)
	default:
		name := fmt.Sprint(response.Status)
		if response.Headers["Idempotency-Replayed"] != "" {
			name = "replayed"
		}
		s.responded, s.response = true, response
		h.record(name, called, h.now(), s)
		h.remember(r.User, response.ETag())
	}
	h.noteRefusal(r, response)
	return response.Status == 503
}

// lastEffect is the last time at which a call without a response, or with a 503, can
// have an effect: now if each of its attempts has ended, else forever.
func (h *history) lastEffect(s step, called int64, err error) int64 {
	now := h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil || h.lost[s.request.ID] || time.Duration(now-called) >= attempt {
		return forever
	}
	return now
}

func (h *history) remember(pair int64, etag string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if etag != "" {
		h.revisions[pair] = append(h.revisions[pair], etag)
	}
}

// tableTime writes a time as the table does.
func tableTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// restartEngine restarts the engine once, halfway.
func (h *history) restartEngine() {
	<-h.halfway
	h.running.Stop()
	next, err := engine.Start(h.t.Context(), h.data)
	if err != nil {
		h.t.Errorf("the engine does not start again: %v", err)
		return
	}
	h.running = next
	h.moveTo(next.Endpoint())
}

// now is the time on the history's own clock.
func (h *history) now() int64 { return int64(time.Since(h.began)) }

func (h *history) record(name string, called, ended int64, s step) {
	h.mu.Lock()
	defer h.mu.Unlock()
	pair := s.request.User
	h.counts[string(s.kind)+" "+name]++
	h.seen[pair] = append(h.seen[pair], porcupine.Operation{Input: s, Call: called, Return: ended})
}

// readTable reads every pair at the end, when no call is under way.
func (h *history) readTable() {
	items, err := localtest.All(h.t.Context(), h.engine())
	if err != nil {
		h.t.Fatal(err)
	}
	stored := map[int64]*localtest.Item{}
	for _, item := range items {
		stored[item.UserID] = &item
		if h.seen[item.UserID] == nil || item.OrganizationID != -item.UserID {
			h.t.Errorf("the table has an item that no call asked for: %+v", item)
		}
	}
	now := h.now()
	for pair := range h.seen {
		s := step{kind: read, responded: true, item: stored[pair]}
		s.request.User = pair
		h.record("at the end", now, now, s)
	}
}

// undecided: for one pair in so many the search may run out of time, since its time
// grows fast with the number of calls that overlap.
const undecided = 20

// patience is how long the search for one pair may take.
const patience = 20 * time.Second

func (h *history) check() {
	open := 0
	for pair, calls := range h.seen {
		calls = append(calls, h.unseenWrites(calls)...)
		switch result := porcupine.CheckOperationsTimeout(model, calls, patience); result {
		case porcupine.Ok:
		case porcupine.Unknown:
			open++
			notes.Add(h.t, "%s: the history of pair %d is NOT DECIDED within %v", h.t.Name(), pair, patience)
		case porcupine.Illegal:
			h.t.Errorf("the history of pair %d is %s:\n%s", pair, result, describe(calls))
		}
	}
	if open*undecided > len(h.seen) {
		h.t.Errorf("%d of %d pairs are undecided, more than one in %d", open, len(h.seen), undecided)
	}
}

// attempt is how long an attempt may take (dynamo.Limits). On a busy machine a
// response may come later, and is then lost without a fault.
const attempt = 900 * time.Millisecond

// unseenWrites gives the writes that no response may show. A call makes up to three
// attempts: one may be stored, its response lost, and its item replaced before the
// next attempt.
func (h *history) unseenWrites(calls []porcupine.Operation) []porcupine.Operation {
	var unseen []porcupine.Operation
	for _, call := range calls {
		s := stepOf(call)
		// A success shows a call's own write, but for a removal or a restoration: these
		// also succeed where another caller has done the same before.
		shown := s.responded && s.response.Status < 300 && s.response.Headers["Idempotency-Replayed"] == "" &&
			s.kind != remove && s.kind != restore
		if s.kind == read || s.kind == get || !s.responded || shown || !h.lost[s.request.ID] && time.Duration(call.Return-call.Call) < attempt {
			continue
		}
		s.responded = false
		unseen = append(unseen, porcupine.Operation{Input: s, Call: call.Call, Return: call.Return})
	}
	return unseen
}

// describe lists calls by their start. A question mark is before those that are
// missing in the longest order that porcupine found.
func describe(calls []porcupine.Operation) string {
	slices.SortFunc(calls, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	_, info := porcupine.CheckOperationsVerbose(model, calls, time.Minute)
	var explained []int
	for _, part := range info.PartialLinearizations() {
		for _, order := range part {
			if len(order) > len(explained) {
				explained = order
			}
		}
	}
	var text strings.Builder
	for i, call := range calls {
		if !slices.Contains(explained, i) {
			text.WriteString("? ")
		}
		end := "…"
		if call.Return != forever {
			end = time.Duration(call.Return).String()
		}
		fmt.Fprintf(&text, "%s to %s: %v\n", time.Duration(call.Call), end, call.Input)
	}
	return text.String()
}
