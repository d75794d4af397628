package faults_test

import (
	"flag"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"users-organizations/infra/local/faults"
)

var writes = flag.Int("writes", 800, "how many writes TestEveryWriteHasOneEntry makes, 800 or more to meet each fault")

// callerCount is the number of clients.
const callerCount = 24

// TestEveryWriteHasOneEntry: many clients write while the recorder is killed, gets
// batches more than once, and for a while can reach neither its table nor the bus.
// In the end the stream, the histories, the items and the responses agree, and the
// events rebuild the table.
func TestEveryWriteHasOneEntry(t *testing.T) {
	t.Parallel()
	began := time.Now()
	r := startRecording(t, callerCount)
	r.proxy.Choose(oneOf(12, faults.ResetBefore, faults.Throttle, faults.FailBefore, faults.ResetAfter, faults.FailAfter, faults.Truncate))
	r.mapping.BatchSize = 25
	r.restartMapping(false)
	r.delivery.set(deliveryModes())
	r.behind.Choose(r.historyFaults())
	r.bus.set(r.busFaults())

	w := &callers{recording: r}
	tickets := make(chan int)
	var wg sync.WaitGroup
	for range callerCount {
		wg.Go(func() {
			for range tickets {
				w.write()
			}
		})
	}
	for n := range *writes {
		switch n {
		case *writes / 3:
			r.restartMapping(false)
		case *writes * 2 / 3:
			r.restartMapping(true)
		}
		tickets <- n
	}
	close(tickets)
	wg.Wait()
	written := time.Since(began)
	r.drain()
	all := readStream(t, r.endpoint)
	r.stop()
	r.proxy.Choose(faults.InTurn())

	entries := readEntries(t, r.endpoint)
	checkEntries(t, all, entries)
	r.checkItems(entries)
	w.checkAcknowledged(entries)
	published := r.published()
	r.checkEvents(published, entries)
	r.checkCopy("every event", published)
	r.checkCopy("some events", withoutSome(published))

	r.checkFaults()

	count := 0
	for _, of := range entries {
		count += len(of)
	}
	t.Logf("%d writes, %d acknowledged; %d records, %d entries; the recorder got %d records in %d batches (%v) and was killed %d times; "+
		"%d events, %d of them repeated; the bus %v; %d calls of the table; written in %s, all done in %s",
		*writes, len(w.acknowledged), len(all), count, r.delivery.delivered, r.delivery.calls, r.delivery.modes, r.delivery.kills,
		len(published), len(published)-count, r.bus.calls, r.behind.Calls(), written.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

// A run of enough writes meets each of these at least once.
var (
	everyMode     = []deliveryMode{once, twice, atOnce, split, earlier}
	everyBusFault = []busFault{refuses, picks, fails, forgets, takes}
)

// checkFaults fails unless each mode and fault has occurred.
func (r *recording) checkFaults() {
	r.t.Helper()
	for _, mode := range everyMode {
		if r.delivery.modes[mode] == 0 {
			r.t.Errorf("no batch was delivered %q", mode)
		}
	}
	for _, fault := range everyBusFault {
		if r.bus.calls[fault] == 0 {
			r.t.Errorf("no call met a bus that %q", fault)
		}
	}
	if r.delivery.kills == 0 {
		r.t.Error("the recorder was never killed while it had a batch")
	}
	if n := r.behind.Calls(); n < faultPeriod {
		r.t.Errorf("the recorder called its table %d times, too few to meet each fault: want %d", n, faultPeriod)
	}
}

// inTurn gives each of the values once, and then those of next.
func inTurn[T any](values []T, next func() T) func() T {
	n := 0
	return func() T {
		if n++; n <= len(values) {
			return values[n-1]
		}
		return next()
	}
}

// deliveryModes gives each mode once, and then random ones, of which half are once.
func deliveryModes() func() deliveryMode {
	return inTurn(everyMode, func() deliveryMode {
		return append([]deliveryMode{once, once, once}, everyMode...)[rand.IntN(8)]
	})
}

// oneOf gives one call in n a random one of the faults.
func oneOf(n int, some ...faults.Fault) func() faults.Fault {
	return func() faults.Fault {
		if rand.IntN(n) > 0 {
			return faults.Pass
		}
		return some[rand.IntN(len(some))]
	}
}

// faultPeriod is the number of calls after which historyFaults has given each fault.
const faultPeriod = 700

// historyFaults lets most of the recorder's calls pass. In each period every fault
// occurs once, then in one of six calls, and the last calls are throttled.
func (r *recording) historyFaults() func() faults.Fault {
	const many, throttled = 500, 690
	each := []faults.Fault{
		faults.ResetBefore, faults.FailBefore, faults.ResetAfter, faults.FailAfter, faults.Truncate, faults.Hollow,
		r.killing(faults.ResetBefore), r.killing(faults.ResetAfter),
	}
	some := oneOf(6, each...)
	var calls atomic.Int64
	return func() faults.Fault {
		switch n := int(calls.Add(1)-1) % faultPeriod; {
		case n >= many && n < many+len(each):
			return each[n-many]
		case n >= many && n < many+100:
			return some()
		case n >= throttled:
			return faults.Throttle
		}
		return faults.Pass
	}
}

func (r *recording) killing(f faults.Fault) faults.Fault {
	return func(c *faults.Call) {
		r.delivery.kill()
		f(c)
	}
}

// busFaults refuses everything for a while, and some events at any time. It kills
// the recorder in some calls, and in every call until it has killed one.
func (r *recording) busFaults() func() busFault {
	calls := 0
	return inTurn(everyBusFault, func() busFault {
		calls++
		if calls%60 >= 50 {
			return refuses
		}
		if r.delivery.killed() == 0 || rand.IntN(30) == 0 {
			r.delivery.kill()
		}
		return everyBusFault[min(rand.IntN(40), len(everyBusFault)-1)]
	})
}
