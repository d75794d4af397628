package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/caller"
	"users-organizations/pkg/coldstart"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/token"
)

// amount is how much is measured.
type amount struct {
	coldRounds, limitedRounds, warmRounds int
	// operationRounds is for each operation but the registration.
	operationRounds int
	// calls is for each process in a warm round, batches for each recorder.
	calls, batches int
}

var (
	full  = amount{coldRounds: 40, limitedRounds: 15, warmRounds: 15, operationRounds: 5, calls: 3000, batches: 20}
	short = amount{coldRounds: 10, limitedRounds: 3, warmRounds: 3, operationRounds: 1, calls: 2000, batches: 10}
)

const (
	// shipped is the memory of the deployed functions, in MB.
	shipped = 256
	// warmUp is the number of calls before the measured ones.
	warmUp = 300
	// few and many are the numbers of calls after which the memory is compared.
	few, many = 1_000, 10_000
	// block is the number of calls between two readings of the processor time.
	block = 100
)

// period is the time after which a limited process gets a new share of the
// processor. Lambda's is not published. A call that needs less than one share is not
// slowed down.
const period = 20 * time.Millisecond

// memories are the imitated sizes of a function, in MB.
var memories = []int{128, 256, 512, 1024, coldstart.WholeProcessor}

// bench measures and keeps the samples.
type bench struct {
	*rig
	amount
	samples *samples
	// others is the other programs' share of the processors meanwhile, 0 to 1.
	others float64
	// unmeasured lists what could not be measured here, and why.
	unmeasured []string
	progress   func(format string, args ...any)
}

func (b *bench) run(ctx context.Context) error {
	began := time.Now()
	idle, ours, err := times(b.engine.PID())
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{b.sizes, b.verification, b.cold, b.limited, b.warm, b.batches, b.memory, b.cost} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	idleNow, oursNow, err := times(b.engine.PID())
	if err != nil {
		return err
	}
	all := time.Since(began) * time.Duration(runtime.NumCPU())
	b.others = 1 - float64(idleNow-idle+oursNow-ours)/float64(all)
	return nil
}

func (b *bench) sizes(context.Context) error {
	for _, p := range all() {
		n, err := size(b.binaries[p.name])
		if err != nil {
			return err
		}
		b.samples.add(binarySize, p, n)
	}
	return nil
}

// verification measures the verification of two tokens, in this process.
func (b *bench) verification(ctx context.Context) error {
	keys, err := token.ParseKeyFile([]byte(b.events.keys))
	if err != nil {
		return fmt.Errorf("reading the sample keys: %w", err)
	}
	verifier := &token.Verifier{
		Rules: token.Rules{Prefix: caller.DefaultPrefix},
		Keys:  token.NewKeyring(func(context.Context) (*token.Keys, error) { return keys, nil }, time.Now),
		Now:   time.Now,
	}
	bearer, session, err := b.events.tokens()
	if err != nil {
		return err
	}
	for round := range 5 {
		b.progress("two tokens verified: round %d of 5", round+1)
		var failed error
		result := testing.Benchmark(func(b *testing.B) { //nolint:thelper // It helps no test.
			for b.Loop() {
				if _, err := verifier.Verify(ctx, bearer, session); err != nil {
					failed = err
				}
			}
		})
		if failed != nil {
			return fmt.Errorf("verifying the sample tokens: %w", failed)
		}
		b.samples.add(verifyTime, authorizer, float64(result.NsPerOp())/1000)
		b.samples.add(verifyAllocations, authorizer, float64(result.AllocsPerOp()))
	}
	return nil
}

// cold measures starts and first responses with a whole processor.
func (b *bench) cold(ctx context.Context) error {
	for round := range b.coldRounds {
		b.progress("starts: round %d of %d", round+1, b.coldRounds)
		for _, p := range shuffled(programs) {
			if err := b.coldStart(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) coldStart(ctx context.Context, p program) error {
	s, err := b.start(ctx, p, shipped)
	if err != nil {
		return err
	}
	defer s.stop()
	started, err := settle(s.pid)
	if err != nil {
		return err
	}
	first, err := s.call(ctx)
	if err != nil {
		return err
	}
	responded, err := settle(s.pid)
	if err != nil {
		return err
	}
	b.samples.add(initTime, p, milliseconds(s.init))
	b.samples.add(initCPU, p, milliseconds(started))
	b.samples.add(firstResponse, p, milliseconds(first))
	b.samples.add(firstCPU, p, milliseconds(responded))
	return nil
}

// limited measures first responses of functions that have only a share of a
// processor after their start, as on Lambda.
func (b *bench) limited(ctx context.Context) error {
	l, err := newLimiter()
	if err != nil {
		b.unmeasured = append(b.unmeasured, fmt.Sprintf("first responses on imitated small Lambdas: %v", err))
		return nil
	}
	defer func() { _ = l.close() }()
	for round := range b.limitedRounds {
		b.progress("imitated small Lambdas: round %d of %d", round+1, b.limitedRounds)
		for _, memory := range memories {
			if err := l.set(memory); err != nil {
				return err
			}
			for _, p := range shuffled([]program{register, hello, handwritten}) {
				if err := b.limitedStart(ctx, l, p, memory); err != nil {
					return err
				}
			}
		}
	}
	if err := l.set(memories[0]); err != nil {
		return err
	}
	for round := range b.operationRounds {
		b.progress("operations on an imitated Lambda of %d MB: round %d of %d", memories[0], round+1, b.operationRounds)
		for _, p := range shuffled(both(operations...)) {
			if err := b.limitedStart(ctx, l, p, memories[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) limitedStart(ctx context.Context, l *limiter, p program, memory int) error {
	s, err := b.start(ctx, p, memory)
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := settle(s.pid); err != nil {
		return err
	}
	if err := l.add(s.pid); err != nil {
		return err
	}
	first, err := s.call(ctx)
	if err != nil {
		return err
	}
	b.samples.add(limitedResponse(memory), p, milliseconds(first))
	b.samples.add(limitedStartTime(memory), p, milliseconds(s.init+first))
	return nil
}

// warm measures calls of started processes. Only programs that are compared with
// each other take turns: the more programs do, the colder each finds the
// processor's caches.
func (b *bench) warm(ctx context.Context) error {
	for round := range b.warmRounds {
		for _, compared := range [][]program{{register, hello, handwritten}, {authorizer, open}} {
			if err := b.warmRound(ctx, fmt.Sprintf("round %d of %d", round+1, b.warmRounds), compared); err != nil {
				return err
			}
		}
	}
	for round := range b.operationRounds {
		for _, p := range operations {
			if err := b.warmRound(ctx, fmt.Sprintf("round %d of %d", round+1, b.operationRounds), []program{p.ours, p.theirs}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) warmRound(ctx context.Context, round string, compared []program) error {
	var runs []*turns
	for _, p := range compared {
		s, err := b.start(ctx, p, shipped)
		if err != nil {
			return err
		}
		defer s.stop()
		runs = append(runs, &turns{subject: s})
	}
	for n := range warmUp + b.calls {
		if n%1000 == 0 {
			b.progress("warm calls of %s: %s, %d of %d", compared[0].name, round, n, b.calls)
		}
		// In a random order, as in shuffled.
		rand.Shuffle(len(runs), func(i, j int) { runs[i], runs[j] = runs[j], runs[i] }) //nolint:gosec // Guards nothing.
		for _, r := range runs {
			if err := r.turn(ctx, n-warmUp); err != nil {
				return err
			}
		}
	}
	for _, r := range runs {
		if err := r.report(b.samples, b.calls); err != nil {
			return err
		}
	}
	return nil
}

// turns are the measured calls of one process in a warm round.
type turns struct {
	*subject
	took []time.Duration
	// engine is the engine's part of each of took.
	engine []time.Duration
	// cpu is the processor time at the start of each block of calls.
	cpu []time.Duration
	// transfers is the number after warm-up.
	transfers float64
}

// turn makes call n. Calls below 0 warm up.
func (r *turns) turn(ctx context.Context, n int) error {
	var err error
	if n >= 0 && n%block == 0 {
		var used time.Duration
		if used, err = cpuTime(r.pid); err != nil {
			return err
		}
		r.cpu = append(r.cpu, used)
	}
	if n == 0 {
		if r.transfers, err = transfers(r.pid); err != nil {
			return err
		}
	}
	took, err := r.call(ctx)
	if n >= 0 {
		r.took = append(r.took, took)
		r.engine = append(r.engine, time.Duration(r.front.took.Load()))
	}
	return err
}

func (r *turns) report(s *samples, calls int) error {
	if _, err := settle(r.pid); err != nil {
		return err
	}
	after, err := transfers(r.pid)
	if err != nil {
		return err
	}
	var perCall []float64
	for i := 1; i < len(r.cpu); i++ {
		perCall = append(perCall, float64((r.cpu[i]-r.cpu[i-1]).Nanoseconds())/1000/block)
	}
	p := r.program
	s.add(warmCPU, p, median(perCall))
	took := slices.Sorted(slices.Values(r.took))
	s.add(warmP50, p, microseconds(percentile(took, 50)))
	if p.stores {
		r.reportStore(s)
	}
	s.add(warmP99, p, microseconds(percentile(took, 99)))
	s.add(systemCalls, p, (after-r.transfers)/float64(calls))
	if p.stores {
		s.add(connections, p, float64(r.front.connections.Load()))
		s.add(requests, p, float64(r.front.calls.Load())/float64(calls+warmUp))
		s.add(writes, p, float64(r.front.writes.Load())/float64(calls+warmUp))
	}
	return nil
}

// reportStore divides the time of a response into the engine's part and the rest:
// the engine takes longer for a longer condition, which is not the program's cost.
func (r *turns) reportStore(s *samples) {
	rest := make([]time.Duration, len(r.took))
	for i := range rest {
		rest[i] = r.took[i] - r.engine[i]
	}
	engine := slices.Sorted(slices.Values(r.engine))
	slices.Sort(rest)
	s.add(storeP50, r.program, microseconds(percentile(engine, 50)))
	s.add(restP50, r.program, microseconds(percentile(rest, 50)))
}

// memory measures the memory of processes after few calls and after many.
func (b *bench) memory(ctx context.Context) error {
	for _, p := range programs {
		b.progress("memory of %s", p.name)
		if err := b.memoryOf(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) memoryOf(ctx context.Context, p program) error {
	s, err := b.start(ctx, p, shipped)
	if err != nil {
		return err
	}
	defer s.stop()
	var after [2]float64
	made := 0
	for i, calls := range []int{few, many} {
		for ; made < calls; made++ {
			if _, err := s.call(ctx); err != nil {
				return err
			}
		}
		if after[i], err = residentMemory(s.pid); err != nil {
			return err
		}
	}
	b.samples.add(memoryFew, p, after[0])
	b.samples.add(memoryMany, p, after[1])
	b.samples.add(memoryGrowth, p, after[1]/after[0])
	return nil
}

// cost measures the write units and the size of a registration's item.
func (b *bench) cost(ctx context.Context) error {
	client := engine.Client(b.engine.Endpoint())
	s, err := b.start(ctx, register, shipped)
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := s.call(ctx); err != nil {
		return err
	}
	user := fmt.Sprint(1_000_000_000 + b.events.next)
	found, err := client.Query(ctx, &dynamodb.QueryInput{
		TableName:                 aws.String(table),
		KeyConditionExpression:    aws.String("userId = :user"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":user": &types.AttributeValueMemberN{Value: user}},
	})
	if err != nil {
		return fmt.Errorf("reading the item of a registration: %w", err)
	}
	if len(found.Items) != 1 {
		return fmt.Errorf("a registration stored %d items, want 1", len(found.Items))
	}
	put, err := client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(table), Item: found.Items[0], ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		return fmt.Errorf("writing the item of a registration again: %w", err)
	}
	if put.ConsumedCapacity == nil || put.ConsumedCapacity.CapacityUnits == nil {
		return errors.New("the engine reports no consumed capacity")
	}
	b.samples.add(writeUnits, register, *put.ConsumedCapacity.CapacityUnits)
	b.samples.add(itemSize, register, float64(itemBytes(found.Items[0])))
	return nil
}

// shuffled gives the programs in a random order, since each profits from what the
// one before it left in the processor's caches.
func shuffled(programs []program) []program {
	list := slices.Clone(programs)
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] }) //nolint:gosec // Guards nothing.
	return list
}

// percentile gives the p-th percentile of sorted values (nearest rank).
func percentile(sorted []time.Duration, p float64) time.Duration {
	return sorted[int(math.Ceil(p/100*float64(len(sorted))))-1]
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
