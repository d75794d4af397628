package main

import (
	"errors"
	"math"
	"math/rand/v2"
)

// The limits of one partition (DynamoDB developer guide, "Best practices for
// designing and using partition keys effectively" and "Burst and adaptive
// capacity"; AWS Database Blog, "Scaling DynamoDB", part 3).
const (
	writesPerPartition = 1000
	bytesPerPartition  = 10e9
	// burstSeconds is how many seconds of unused capacity a partition keeps.
	burstSeconds = 300
	// firstPartitions is the number in a new on-demand table, which takes 4,000
	// writes a second.
	firstPartitions = 4
)

// partitionsFor is the number of partitions of a table with so many bytes and a
// highest load of rate writes a second. The number never falls.
func partitionsFor(bytes int64, rate float64) int {
	return int(max(firstPartitions, math.Ceil(float64(bytes)/bytesPerPartition), math.Ceil(rate/writesPerPartition)))
}

// population says how the memberships are drawn.
type population struct {
	memberships, itemBytes int64
	tail                   float64
	seed                   uint64
}

func (p population) check() error {
	switch {
	case p.memberships < 1 || p.memberships > 10_000_000_000:
		return errors.New("-memberships must be from 1 to 10000000000")
	case !(p.tail > 1 && p.tail <= 10):
		return errors.New("-tail must be above 1, and 10 at most: with 1 or less users would have no mean")
	case p.itemBytes < 1 || p.itemBytes > 400<<10:
		return errors.New("-item must be from 1 to 409600, the largest item of DynamoDB")
	}
	return nil
}

// spread says where the memberships are. It needs the same memory for any number.
type spread struct {
	memberships, users, largest int64
	// partitions has the number of memberships in each partition.
	partitions []int64
	// sizes has the number of users by their number of organizations; the last is
	// for all who are in more, too.
	sizes [100]int64
}

// spread draws one user after the other, and puts them where their ids hash to.
func (p population) spread(partitions int) spread {
	s := spread{partitions: make([]int64, partitions)}
	random := rand.New(rand.NewPCG(p.seed, 0)) //nolint:gosec // A draw that can be repeated.
	for s.memberships < p.memberships {
		n := min(p.organizations(random), p.memberships-s.memberships)
		s.users++
		s.memberships += n
		s.largest = max(s.largest, n)
		s.sizes[min(n, int64(len(s.sizes)-1))]++
		s.partitions[partition(s.users, partitions)] += n
	}
	return s
}

// organizations draws a user's number of organizations, 1 or more (Pareto).
func (p population) organizations(random *rand.Rand) int64 {
	n := math.Pow(1-random.Float64(), -1/p.tail)
	return int64(min(n, float64(p.memberships)))
}

// partition is the partition of a user. DynamoDB's hash is not published; any good
// hash spreads ids evenly, also ids in a row.
func partition(user int64, partitions int) int {
	// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
	// generators", 2014).
	x := uint64(user) * 0x9e3779b97f4a7c15 //nolint:gosec // Any bits will do.
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return int(x >> 32 * uint64(partitions) >> 32) //nolint:gosec // Below partitions.
}

// share is the part of the users who are in at least from and at most to
// organizations; 0 for to means no limit.
func (s spread) share(from, to int) float64 {
	if to == 0 {
		to = len(s.sizes) - 1
	}
	var n int64
	for _, users := range s.sizes[from : to+1] {
		n += users
	}
	return float64(n) / float64(s.users)
}

func (s spread) extremes() (fullest, emptiest int64) {
	fullest, emptiest = s.partitions[0], s.partitions[0]
	for _, n := range s.partitions {
		fullest, emptiest = max(fullest, n), min(emptiest, n)
	}
	return fullest, emptiest
}
