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
	firstSeed = flag.Uint64("seed", 0, "the seed of the first history, to have it again; 0 for a new one")
	soak      = flag.Duration("soak", 0, "check one history after the other for this long; 0 for one")
)

// The size of one history.
const (
	clients    = 12
	operations = 1500
	// Each pair is used for some 30 operations, out of crowd pairs at a time.
	perPair = 30
	crowd   = 8
)

// TestHistory lets many clients register, change, remove, restore, repeat and give up while
// faults come and go and the engine restarts, and then looks for an order in
// which all their responses, and the table, can have come about.
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

// history is one run and what was seen of it.
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
	// seen are the calls for each pair, by its user.
	seen map[int64][]porcupine.Operation
	// revisions are the ETags seen of each pair, in their order.
	revisions map[int64][]string
	// lost are the requests of which an attempt may be stored that no response tells.
	lost map[string]bool
	// counts says how often each kind of response came.
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
	// Calls that were given up run on beside the clients' next ones.
	h.scenario = startAt(t, h.running.Endpoint(), 4*clients, nil)
	h.proxy.Choose(h.weather(rand.New(rand.NewPCG(seed, 0))))
	return h
}

// weather is calm for a while, and then stormy for a while.
func (h *history) weather(random *rand.Rand) func() faults.Fault {
	storm := []faults.Fault{
		faults.ResetBefore, faults.Throttle, faults.FailBefore, faults.Speak, faults.Slow(20 * time.Millisecond),
	}
	for _, after := range []faults.Fault{
		faults.ResetAfter, faults.FailAfter, faults.Truncate, faults.Garble, faults.Alter, faults.Hollow,
	} {
		storm = append(storm, h.losing(after))
	}
	// These take a second of everybody's time.
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

// losing is a fault after which a write may be stored and its response lost.
func (h *history) losing(f faults.Fault) faults.Fault {
	id := regexp.MustCompile(fmt.Sprintf("%d-[0-9]+", h.seed))
	return func(c *faults.Call) {
		h.mu.Lock()
		h.lost[string(id.Find(c.Body()))] = true
		h.mu.Unlock()
		f(c)
	}
}

// heldBack delivers a call some time after the function has given it up.
func heldBack(c *faults.Call) {
	until := make(chan struct{})
	time.AfterFunc(3*time.Second, func() { close(until) })
	faults.Late(until, make(chan struct{}))(c)
}

// call makes one call after the other, until all clients have made enough.
func (h *history) call(random *rand.Rand) {
	for {
		n := h.started.Add(1)
		if n == operations/2 {
			close(h.halfway)
		}
		if n > operations {
			return
		}
		kind, r := h.wish(random, 1+n/perPair+random.Int64N(crowd))
		// A caller that doesn't know what became of a call may ask again.
		for h.ask(random, kind, r) && random.IntN(4) > 0 {
		}
	}
}

// operationOf names the operation of each kind of call but the registration.
var operationOf = map[kind]string{
	get: "getUserOrganization", change: "changeUserOrganization",
	remove: "removeUserOrganization", restore: "restoreUserOrganization",
}

// wish is one of a few dozen requests for the pair, so that clients often meet.
func (h *history) wish(random *rand.Rand, pair int64) (kind, localtest.Request) {
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

// revision is one of the last that somebody has seen of the pair, most often the
// last of all.
func (h *history) revision(random *rand.Rand, pair int64) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := h.revisions[pair]
	if len(seen) == 0 {
		return fmt.Sprintf(`"%032x"`, pair)
	}
	return seen[max(0, len(seen)-1-random.IntN(6)/4*random.IntN(3))]
}

// ask makes one call, and says whether its end is unknown to the caller.
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
			cancel() // which kills the function in the middle of its work
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
		// What it was asked for, it was asked before it ended.
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

// lastEffect is when a call that has ended without a response, or with 503, can
// have an effect no more. Where each of its attempts has ended, that is now.
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

// restartEngine does so once, in the middle of everything.
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

// readTable reads every pair at the end, when nothing is under way any more.
func (h *history) readTable() {
	items, err := localtest.All(h.t.Context(), h.engine())
	if err != nil {
		h.t.Fatal(err)
	}
	stored := map[int64]*localtest.Item{}
	for _, item := range items {
		stored[item.UserID] = &item
		if h.seen[item.UserID] == nil || item.OrganizationID != -item.UserID {
			h.t.Errorf("the table has what nobody asked for: %+v", item)
		}
	}
	now := h.now()
	for pair := range h.seen {
		s := step{kind: read, responded: true, item: stored[pair]}
		s.request.User = pair
		h.record("at the end", now, now, s)
	}
}

// undecided is the share of pairs, one in so many, for which no order may have
// been found in time: how long the search takes grows fast with what overlaps.
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
			notes.Add(h.t, "%s: what was seen of pair %d is NOT DECIDED within %v", h.t.Name(), pair, patience)
		case porcupine.Illegal:
			h.t.Errorf("what was seen of pair %d is %s:\n%s", pair, result, describe(calls))
		}
	}
	if open*undecided > len(h.seen) {
		h.t.Errorf("%d of %d pairs are undecided: too many to say that nothing was found", open, len(h.seen))
	}
}

// attempt is how long an attempt may take (dynamo.Limits): a busy machine loses
// the response of one that takes longer, without a fault.
const attempt = 900 * time.Millisecond

// unseenWrites are writes that no response tells of. A call makes up to three
// attempts: one may have been stored, its response lost, and what it stored be
// replaced before the next attempt finds that.
func (h *history) unseenWrites(calls []porcupine.Operation) []porcupine.Operation {
	var unseen []porcupine.Operation
	for _, call := range calls {
		s := stepOf(call)
		// A removal or a restoration succeeds where another caller has done the same before.
		told := s.responded && s.response.Status < 300 && s.response.Headers["Idempotency-Replayed"] == "" &&
			s.kind != remove && s.kind != restore
		if s.kind == read || s.kind == get || !s.responded || told || !h.lost[s.request.ID] && time.Duration(call.Return-call.Call) < attempt {
			continue
		}
		s.responded = false
		unseen = append(unseen, porcupine.Operation{Input: s, Call: call.Call, Return: call.Return})
	}
	return unseen
}

// describe lists calls in the order of their beginnings. Those that the longest
// part of an explanation leaves out have a question mark.
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
