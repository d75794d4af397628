// Command growth simulates a table of very many memberships: how they spread over
// DynamoDB's partitions, at which rate the busiest partition is full, how long the
// registrations of one user in many organizations take, and what an organization
// that many users join needs of the index. GROWTH.md draws the conclusions.
//
//	growth [-memberships 100000000] [-tail 1.5] [-item 400] [-rate 20000] [-hot 1000000] [-hotrate 3000] [-share 0.1] [-seed 1]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	var p population
	var l load
	flag.Int64Var(&p.memberships, "memberships", 100_000_000, "`number` of memberships in the table")
	flag.Float64Var(&p.tail, "tail", 1.5, "`exponent` of the number of organizations a user is in: the chance of n or more is n^-exponent")
	flag.Int64Var(&p.itemBytes, "item", 400, "`bytes` of an item")
	flag.Uint64Var(&p.seed, "seed", 1, "seed of the random numbers, a `number`")
	flag.Float64Var(&l.rate, "rate", 20_000, "registrations a `second`, over all users")
	flag.Int64Var(&l.hot, "hot", 1_000_000, "`number` of organizations that the hot user is registered in")
	flag.Float64Var(&l.hotRate, "hotrate", 3_000, "registrations a `second` of that user")
	flag.Float64Var(&l.share, "share", 0.1, "the busiest organization's `part` of all registrations, above 0 to 1")
	flag.Parse()
	began := time.Now()
	if err := report(os.Stdout, p, l); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(2)
	}
	fmt.Printf("\nsimulated in %.1f s\n", time.Since(began).Seconds())
}

func report(out io.Writer, p population, l load) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := l.check(); err != nil {
		return err
	}
	n := partitionsFor(p.memberships*p.itemBytes, l.rate)
	s := p.spread(n)
	printf := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }

	printf("The table: %d memberships of %d users, %.0f GB", s.memberships, s.users, float64(s.memberships*p.itemBytes)/1e9)
	printf("  of every thousand users %.0f are in one organization, %.1f in ten or more", s.share(1, 1)*1000, s.share(10, 0)*1000)
	printf("  the largest user is in %d organizations, %.1f MB", s.largest, float64(s.largest*p.itemBytes)/1e6)

	fullest, emptiest := s.extremes()
	mean := float64(s.memberships) / float64(n)
	printf("\nIts partitions: %d, by the hash of userId", n)
	printf("  the fullest holds %+.2f %% of the mean, the emptiest %+.2f %%", (float64(fullest)/mean-1)*100, (float64(emptiest)/mean-1)*100)
	most := float64(fullest) / float64(s.memberships)
	printf("  at %.0f registrations a second the busiest takes %.0f write units a second, of %d", l.rate, l.rate*most, writesPerPartition)
	printf("  it is full at %.0f a second; until it splits, the table gives no more", writesPerPartition/most)

	printf("\nA user registered in %d organizations at %.0f a second", l.hot, l.hotRate)
	for _, o := range []struct {
		name  string
		parts int
	}{
		{"ids in a row: one partition", 1},
		{"ids in any order, after one split", 2},
		{"ids in any order, after two splits", 4},
	} {
		for _, burst := range []float64{burstSeconds, 0} {
			r := l.register(o.parts, burst)
			printf("  %-36s %s %6.0f s, %7d of the first attempts throttled", o.name, with(burst), r.seconds, r.throttled)
		}
	}

	printf("\nThe index by-organization, of which one organization gets %.3g %% of the registrations", l.share*100)
	for _, lanes := range []int{1, 4, 16} {
		printf("  lanes: %2d   at %.0f registrations a second %6.0f write units a second in one partition, of %d; full at %7.0f a second",
			lanes, l.rate, l.busiest(lanes), writesPerPartition, l.full(lanes))
	}
	return nil
}

func with(burst float64) string {
	if burst > 0 {
		return "rested partition:"
	}
	return "busy partition:  "
}
