package main

import (
	"math"
	"strings"
	"testing"
)

var small = population{memberships: 200_000, itemBytes: 400, tail: 1.5, seed: 7}

func TestSpreadCountsEveryMembership(t *testing.T) {
	t.Parallel()
	s := small.spread(16)
	var inPartitions, users int64
	for _, n := range s.partitions {
		inPartitions += n
	}
	for _, n := range s.sizes {
		users += n
	}
	if s.memberships != small.memberships || inPartitions != small.memberships || users != s.users {
		t.Errorf("%d memberships, %d in partitions, want %d; %d users, %d by size",
			s.memberships, inPartitions, small.memberships, s.users, users)
	}
	again := small.spread(16)
	for i, n := range s.partitions {
		if again.partitions[i] != n {
			t.Fatal("the same seed gave another table")
		}
	}
	// The chance of only one organization is 1 - 2^-1.5, of ten or more 10^-1.5.
	for _, c := range []struct{ got, want float64 }{
		{s.share(1, 1), 1 - math.Pow(2, -1.5)},
		{s.share(10, 0), math.Pow(10, -1.5)},
	} {
		if math.Abs(c.got-c.want) > 0.005 {
			t.Errorf("a share of %.4f, want %.4f", c.got, c.want)
		}
	}
}

func TestIdsInARowSpreadEvenly(t *testing.T) {
	t.Parallel()
	const partitions, ids = 40, 400_000
	var n [partitions]int
	for id := range int64(ids) {
		n[partition(id, partitions)]++
	}
	// Six standard deviations of what chance would give.
	const mean = ids / partitions
	for i, got := range n {
		if math.Abs(float64(got-mean)) > 6*math.Sqrt(mean) {
			t.Errorf("partition %d has %d ids, want about %d", i, got, mean)
		}
	}
}

func TestPartitionsFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bytes int64
		rate  float64
		want  int
	}{
		{0, 1, 4}, {40e9, 4000, 4}, {40e9 + 1, 4000, 5}, {1, 4001, 5}, {40e9, 20_000, 20}, {1e12, 20_000, 100},
	} {
		if got := partitionsFor(c.bytes, c.rate); got != c.want {
			t.Errorf("%d bytes at %.0f: %d partitions, want %d", c.bytes, c.rate, got, c.want)
		}
	}
}

func TestAHotUser(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		load       load
		partitions int
		burst      float64
		want       outcome
	}{
		"below the limit":         {load{hot: 10_000, hotRate: 500}, 1, 0, outcome{20, 0}},
		"at the limit":            {load{hot: 10_000, hotRate: 1000}, 1, 0, outcome{10, 0}},
		"three times the limit":   {load{hot: 9_000, hotRate: 3000}, 1, 0, outcome{9, 8_000}},
		"in three partitions":     {load{hot: 9_000, hotRate: 3000}, 3, 0, outcome{3, 0}},
		"with saved capacity":     {load{hot: 9_000, hotRate: 3000}, 1, 300, outcome{3, 0}},
		"until it is used up":     {load{hot: 12_000, hotRate: 3000}, 1, 2, outcome{10, 8_000}},
		"the last, smaller batch": {load{hot: 2_500, hotRate: 1000}, 1, 0, outcome{3, 0}},
	} {
		if got := c.load.register(c.partitions, c.burst); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestAHotOrganization(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		load          load
		lanes         int
		busiest, full float64
	}{
		"every registration":   {load{rate: 20_000, share: 1}, 1, 20_000, 1000},
		"a tenth of them":      {load{rate: 20_000, share: 0.1}, 1, 2000, 10_000},
		"a tenth, in 16 lanes": {load{rate: 20_000, share: 0.1}, 16, 125, 160_000},
		"at the limit":         {load{rate: 4000, share: 0.25}, 1, 1000, 4000},
	} {
		if busiest, full := c.load.busiest(c.lanes), c.load.full(c.lanes); busiest != c.busiest || full != c.full {
			t.Errorf("%s: %v units a second, full at %v, want %v and %v", name, busiest, full, c.busiest, c.full)
		}
	}
}

func TestReportRefusesWhatItCannotSimulate(t *testing.T) {
	t.Parallel()
	good := load{rate: 1000, hot: 1000, hotRate: 100, share: 0.5}
	var out strings.Builder
	if err := report(&out, small, good); err != nil || !strings.Contains(out.String(), "The table: 200000 memberships") {
		t.Errorf("%v, %q", err, out.String())
	}
	for name, c := range map[string]struct {
		change func(*population, *load)
		want   string
	}{
		"no membership":   {func(p *population, _ *load) { p.memberships = 0 }, "-memberships"},
		"no mean":         {func(p *population, _ *load) { p.tail = 1 }, "-tail"},
		"no number":       {func(p *population, _ *load) { p.tail = math.NaN() }, "-tail"},
		"no bytes":        {func(p *population, _ *load) { p.itemBytes = 0 }, "-item"},
		"no registration": {func(_ *population, l *load) { l.rate = 0 }, "-rate"},
		"nothing hot":     {func(_ *population, l *load) { l.hot = 0 }, "-hot"},
		"no share":        {func(_ *population, l *load) { l.share = 0 }, "-share"},
		"more than all":   {func(_ *population, l *load) { l.share = 1.1 }, "-share"},
		"standing still":  {func(_ *population, l *load) { l.hotRate = math.NaN() }, "-hotrate"},
	} {
		p, l := small, good
		c.change(&p, &l)
		if err := report(&out, p, l); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s named", name, err, c.want)
		}
	}
}
