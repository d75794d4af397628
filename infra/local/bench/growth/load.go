package main

import "errors"

// load is the registrations that callers send.
type load struct {
	// rate is the number of registrations a second, over all users.
	rate float64
	// hot is the number of organizations that the hot user is registered in, and
	// hotRate how many of them a second.
	hot     int64
	hotRate float64
	// share is the busiest organization's part of all registrations, above 0 to 1.
	share float64
}

func (l load) check() error {
	switch {
	case !(l.rate > 0 && l.rate <= 1e7):
		return errors.New("-rate must be above 0, and 10000000 at most")
	case l.hot < 1 || l.hot > 1_000_000_000:
		return errors.New("-hot must be from 1 to 1000000000")
	case !(l.hotRate > 0 && l.hotRate <= 1e7):
		return errors.New("-hotrate must be above 0, and 10000000 at most")
	case !(l.share > 0 && l.share <= 1):
		return errors.New("-share must be above 0, and 1 at most")
	}
	return nil
}

// busiest is the write units a second that the busiest organization needs in one
// partition of the index, if its members are spread evenly over the lanes.
func (l load) busiest(lanes int) float64 { return l.rate * l.share / float64(lanes) }

// full is the registrations a second, over all organizations, at which such a
// partition is full. The table then refuses the write too.
func (l load) full(lanes int) float64 { return writesPerPartition * float64(lanes) / l.share }

// outcome is the result of the hot user's registrations.
type outcome struct {
	// seconds until all are stored.
	seconds float64
	// throttled is the number of first attempts that found their partition full.
	throttled int64
}

// register stores the memberships of the hot user, second by second. They are spread
// evenly over the partitions, each of which has saved the capacity of burst seconds.
// Throttled registrations are repeated in the next second.
func (l load) register(partitions int, burst float64) outcome {
	capacity := float64(partitions * writesPerPartition)
	saved := capacity * burst
	var o outcome
	var asked, stored, waiting, throttled float64
	for all := float64(l.hot); stored < all; o.seconds++ {
		now := min(l.hotRate, all-asked)
		asked += now
		room := capacity + saved
		done := min(now+waiting, room)
		// Registrations that wait already go first.
		throttled += max(0, now-max(0, room-waiting))
		waiting += now - done
		saved = min(room-done, capacity*burst)
		stored += done
	}
	o.throttled = int64(throttled)
	return o
}
