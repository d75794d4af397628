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

var writes = flag.Int("writes", 800, "how many writes the test of histories makes")

// callerCount is how many clients that test has.
const callerCount = 24

// TestEveryWriteHasOneEntry lets many clients write while the recorder is
// killed, gets batches more than once, and can reach neither its table nor the
// bus for a while. In the end, the stream, the histories, the items, and what
// the clients were told agree, and the events rebuild the table.
func TestEveryWriteHasOneEntry(t *testing.T) {
	t.Parallel()
	began := time.Now()
	r := startRecording(t, callerCount)
	r.proxy.Choose(oneOf(12, faults.ResetBefore, faults.Throttle, faults.FailBefore, faults.ResetAfter, faults.FailAfter, faults.Truncate))
	r.mapping.BatchSize = 25
	r.restartMapping(false)
	r.delivery.set(func() manner {
		return []manner{twice, atOnce, split, earlier, once, once, once, once}[rand.IntN(8)]
	})
	r.behind.Choose(r.historyWeather())
	r.bus.set(r.busWeather())

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
	all := r.drain()
	r.stop()
	r.proxy.Choose(faults.InTurn())

	entries := readEntries(t, r.endpoint)
	checkEntries(t, all, entries)
	r.checkItems(entries)
	w.checkAcknowledged(entries)
	published := readEvents(t, r.events)
	r.checkEvents(published, entries)
	r.checkCopy("every event", published)
	r.checkCopy("some events", withoutSome(published))

	count := 0
	for _, of := range entries {
		count += len(of)
	}
	t.Logf("%d writes, %d acknowledged; %d records, %d entries; the recorder got %d records in %d batches (%v) and was killed %d times; "+
		"%d events, %d of them again; the bus %v; written in %s, all done in %s",
		*writes, len(w.acknowledged), len(all), count, r.delivery.delivered, r.delivery.calls, r.delivery.manners, r.delivery.kills,
		len(published), len(published)-count, r.bus.calls, written.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

// oneOf has one call of so many meet one of the faults.
func oneOf(n int, some ...faults.Fault) func() faults.Fault {
	return func() faults.Fault {
		if rand.IntN(n) > 0 {
			return faults.Pass
		}
		return some[rand.IntN(len(some))]
	}
}

// historyWeather is calm for most of the recorder's calls, stormy for some, and
// has the table throttled for a while.
func (r *recording) historyWeather() func() faults.Fault {
	storm := oneOf(6, faults.ResetBefore, faults.FailBefore, faults.ResetAfter, faults.FailAfter, faults.Truncate, faults.Hollow,
		r.killing(faults.ResetBefore), r.killing(faults.ResetAfter))
	var calls atomic.Int64
	return func() faults.Fault {
		switch n := calls.Add(1) % 700; {
		case n >= 500 && n < 600:
			return storm()
		case n >= 690:
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

// busWeather refuses everything for a while, and some events at any time.
func (r *recording) busWeather() func() mood {
	calls := 0
	return func() mood {
		calls++
		if calls%60 >= 50 {
			return refuses
		}
		m := []mood{refuses, picks, fails, forgets, takes}[min(rand.IntN(40), 4)]
		if rand.IntN(30) == 0 {
			r.delivery.kill()
		}
		return m
	}
}
