package main_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"users-organizations/infra/local/localtest"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/notes"
)

var (
	loadTime = flag.Duration("load", 3*time.Second, "how long the load test sends requests")
	loadOut  = flag.String("load-out", "", "`file` to write what the load test measures to, as LOAD.md")
)

const (
	// loadClients is the number of clients, and the most processes of a function.
	loadClients = 4
	// maxRequests ends a load test on a very fast machine.
	maxRequests = 2_000_000
	// restingChanges is the number of changes that are made one after the other, each
	// when the last is recorded.
	restingChanges = 15
	// warmUp is the number of calls of each function before the measured ones. After
	// half as many, its heap has been collected and grows no more.
	warmUp = 1000 * loadClients
)

// TestLoad sends requests of several kinds as fast as they are served. Every kind
// gets its status, and the functions do not grow. LOAD.md has the measurements, as
// ratios to the engine's own rate in the same run.
func TestLoad(t *testing.T) {
	s := start(t, options{arguments: []string{"-concurrency", strconv.Itoa(loadClients)}})
	mix := &traffic{url: s.URL, good: s.register(t, "1/1").header, bad: s.register(t, "1/1").with(s.tokens(t, "-ttl", "-1h")).header}
	if a := s.send(t, s.register(t, "1/1")); a.status != 201 {
		t.Fatalf("responded %d %s", a.status, a.body)
	}

	mix.tokensOnly = true
	mix.send(t, warmUp, time.Minute)
	mix.tokensOnly = false
	changes := 1 + mix.send(t, warmUp, time.Minute).StatusCodes["201"]
	events := s.events()
	events.wait(t, changes)
	r := run{memoryBefore: s.memory(t)}
	for n := range restingChanges {
		began := time.Now()
		if a := s.send(t, s.register(t, fmt.Sprintf("%d/2", n))); a.status != 201 {
			t.Fatalf("responded %d %s", a.status, a.body)
		}
		changes++
		events.wait(t, changes)
		r.lagAtRest = append(r.lagAtRest, time.Since(began))
	}

	loaded := s.makeLoadTable(t)
	r.rate = s.putItems(t, loaded, *loadTime/4, 2) / 2
	r.Metrics = mix.send(t, maxRequests, *loadTime)
	ended := time.Now()
	r.changes = r.StatusCodes["201"]
	r.recorded = events.count(t) - changes
	events.wait(t, changes+r.changes)
	r.lag = time.Since(ended)
	r.memoryAfter = s.memory(t)
	r.rate += s.putItems(t, loaded, *loadTime/4, 3) / 2

	for function, start := range r.memoryBefore {
		if end := r.memoryAfter[function]; end > start*11/10+1024 {
			t.Errorf("%s grew from %d to %d KB over %d requests", function, start, end, r.Requests)
		}
	}
	t.Log(r.document())
	if *loadOut != "" {
		if err := os.WriteFile(*loadOut, []byte(r.document()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// kinds are the kinds of requests, each with its share and its status.
var kinds = []struct {
	name   string
	of10   int64
	status int
}{
	{"a new pair", 6, 201},
	{"a pair that is taken", 2, 409},
	{"a body with three faults", 1, 400},
	{"expired tokens", 1, 401},
}

// traffic makes requests of every kind in turn.
type traffic struct {
	url       string
	good, bad http.Header
	// tokensOnly sends only expired tokens.
	tokensOnly bool
	// left is how many requests may still be made, made how many have been.
	left, made atomic.Int64
	// sent counts the requests of each kind.
	sent [4]atomic.Int64
}

// next is a vegeta.Targeter.
func (f *traffic) next(target *vegeta.Target) error {
	if f.left.Add(-1) < 0 {
		return vegeta.ErrNoTargets
	}
	n := f.made.Add(1)
	kind, rest := 0, n%10
	for f.tokensOnly && kind < 3 || rest >= kinds[kind].of10 {
		rest -= kinds[kind].of10
		kind++
	}
	f.sent[kind].Add(1)
	user, body, header := "1", order, f.good
	switch kind {
	case 0:
		user = strconv.FormatInt(1000+n, 10)
	case 2:
		body = `{"scope":3,"permissions":{"group":"0","manage":[]}}`
	case 3:
		header = f.bad
	}
	*target = vegeta.Target{
		Method: registration.Method,
		URL:    f.url + registration.PathOf(user, 1),
		Body:   []byte(body),
		Header: header,
	}
	return nil
}

// send sends count requests, or for as long, and compares the statuses with the
// kinds that were sent.
func (f *traffic) send(t *testing.T, count int64, long time.Duration) *vegeta.Metrics {
	t.Helper()
	f.left.Store(count)
	for i := range f.sent {
		f.sent[i].Store(0)
	}
	attacker := vegeta.NewAttacker(vegeta.Workers(loadClients), vegeta.MaxWorkers(loadClients), vegeta.Timeout(30*time.Second))
	var m vegeta.Metrics
	for result := range attacker.Attack(f.next, vegeta.Rate{}, long, "load") {
		if result.Error != vegeta.ErrNoTargets.Error() {
			m.Add(result)
		}
	}
	m.Close()
	want := map[string]int{}
	for i, kind := range kinds {
		if n := int(f.sent[i].Load()); n > 0 {
			want[strconv.Itoa(kind.status)] = n
		}
	}
	if !maps.Equal(m.StatusCodes, want) {
		t.Errorf("responses by status: %v, want %v; errors: %v", m.StatusCodes, want, m.Errors)
	}
	return &m
}

// publishedEvents counts the changes in a file of events. A change is published
// after it is in the history, and again if the first response was lost.
type publishedEvents struct {
	file string
	read int64 // how far the file was read, in bytes
	ids  map[string]bool
}

func (s *system) events() *publishedEvents {
	return &publishedEvents{file: filepath.Join(s.data, "events.jsonl"), ids: map[string]bool{}}
}

// count gives the number of changes that are published now.
func (p *publishedEvents) count(t *testing.T) int {
	t.Helper()
	latest, end, err := localtest.Events(p.file, p.read)
	if err != nil {
		t.Fatal(err)
	}
	p.read = end
	for _, e := range latest {
		var event struct{ ID string }
		if err := json.Unmarshal(e.Detail, &event); err != nil {
			t.Fatalf("the event %s: %v", e.Detail, err)
		}
		p.ids[event.ID] = true
	}
	return len(p.ids)
}

// wait returns when n changes are published.
func (p *publishedEvents) wait(t *testing.T, n int) {
	t.Helper()
	for p.count(t) < n {
		time.Sleep(time.Millisecond)
	}
}

// makeLoadTable makes a table like the memberships', with its index, whose stream no
// function reads.
func (s *system) makeLoadTable(t *testing.T) string {
	t.Helper()
	const name = "load"
	declared, err := template.Read(filepath.Join(root, "template.yaml"), template.Names{"MembershipsTable": name})
	if err != nil {
		t.Fatal(err)
	}
	err = engine.CreateTables(t.Context(), s.DynamoDB, map[string]*dynamodb.CreateTableInput{name: declared.Tables["MembershipsTable"]})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// putItems gives the rate, in items a second, at which the engine stores items for
// as many clients as the local system has.
func (s *system) putItems(t *testing.T, table string, long time.Duration, organization int) float64 {
	t.Helper()
	client := s.client()
	var count atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range loadClients {
		wg.Go(func() {
			for time.Since(began) < long {
				_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
					TableName: aws.String(table),
					Item: map[string]types.AttributeValue{
						"userId": number(strconv.FormatInt(count.Add(1), 10)), "organizationId": number(strconv.Itoa(organization)),
						"scope": number("1"), "createdAt": text("2024-12-09T14:23:00.000Z"),
					},
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(count.Load()) / time.Since(began).Seconds()
}

// run is what one load test has measured.
type run struct {
	*vegeta.Metrics
	// rate is the engine's own, in PutItems a second.
	rate float64
	// memoryBefore and memoryAfter are of each function's largest process, in KB.
	memoryBefore, memoryAfter map[string]int
	// changes counts the registrations, recorded those that were recorded when the
	// last response came; the rest took lag from then on.
	changes, recorded int
	lag               time.Duration
	// lagAtRest are the times from a request to its event.
	lagAtRest []time.Duration
}

func (r run) document() string {
	var doc strings.Builder
	doc.WriteString(`# Load

` + fmt.Sprintf(`The last measurement of "make load OUT=…": %[1]d clients of the local system, each with one request under way, all on one
machine. Figures of one machine say nothing about another, so they are ratios to the engine's own rate in the same run:
the PutItems a second of %[1]d clients that call it directly. One such PutItem is 1 below.

| | |
|---|---|
`, loadClients))
	row := func(name, format string, values ...any) {
		fmt.Fprintf(&doc, "| %s | "+format+" |\n", append([]any{name}, values...)...)
	}
	seconds := float64(loadClients) / r.rate
	row("requests", "%d in %s", r.Requests, r.Duration.Round(time.Second))
	other := 0
	for _, count := range r.StatusCodes {
		other += count
	}
	for _, kind := range kinds {
		count := r.StatusCodes[strconv.Itoa(kind.status)]
		row(kind.name, "%d × %d", count, kind.status)
		other -= count
	}
	row("other responses, or none", "%d", other)
	row("requests a second", "%.2f", r.Rate/r.rate)
	row("registrations (201) a second", "%.2f", r.Throughput/r.rate)
	row("time of a request, median", "%.1f", r.Latencies.P50.Seconds()/seconds)
	row("time of a request, 99th percentile", "%.1f", r.Latencies.P99.Seconds()/seconds)
	row("changes recorded a second, meanwhile", "%.2f", float64(r.recorded)/r.Duration.Seconds()/r.rate)
	row("changes recorded when the last response came", "%d of %d", r.recorded, r.changes)
	row("lag of the last change", "%.1f s, %.2f of the run", r.lag.Seconds(), r.lag.Seconds()/r.Duration.Seconds())
	row("a request at rest and its event, median", "%d ms, with up to 250 ms between two polls of the stream",
		slices.Sorted(slices.Values(r.lagAtRest))[len(r.lagAtRest)/2].Milliseconds())
	for _, function := range slices.Sorted(maps.Keys(r.memoryBefore)) {
		before, after := r.memoryBefore[function], r.memoryAfter[function]
		row("memory of "+function+", end to start", "%.2f (%.1f MB in its largest process at the end)", float64(after)/float64(before), float64(after)/1024)
	}
	return doc.String()
}

// memory gives the memory of each function's largest process in KB (VmRSS of
// proc(5)): the one that served most.
func (s *system) memory(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	if runtime.GOOS != "linux" {
		notes.Add(t, "memory under load: NOT MEASURED, there is no proc(5)")
		return found
	}
	processes, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range processes {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), fmt.Sprintf("\nPPid:\t%d\n", s.PID)) {
			continue
		}
		program, err := os.Readlink(filepath.Join(filepath.Dir(file), "exe"))
		program = strings.TrimSuffix(program, " (deleted)") // The file may have been rebuilt.
		if err != nil || filepath.Base(program) != "bootstrap" {
			continue
		}
		_, value, _ := strings.Cut(string(text), "\nVmRSS:")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			t.Fatalf("no VmRSS in %s", text)
		}
		kb, err := strconv.Atoi(fields[0])
		if err != nil {
			t.Fatal(err)
		}
		function := filepath.Base(filepath.Dir(program))
		found[function] = max(found[function], kb)
	}
	if want := functionNames(t); len(found) != len(want) {
		t.Errorf("found the processes of %v, want those of %v", found, want)
	}
	return found
}
