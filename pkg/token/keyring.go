package token

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// How long keys are used, and how often they are loaded.
const (
	// MaxAge is the age after which keys are loaded again. That load ends the use
	// of a removed key.
	MaxAge = 5 * time.Minute
	// MaxStale is the age up to which keys are used while loading fails.
	MaxStale = 15 * time.Minute
	// Pause is the shortest time between two loads that unknown keys cause, so that
	// invented keys cause few; and the time without a new attempt after a failed
	// load, while older keys are used, so that few calls wait for one.
	Pause = 30 * time.Second
)

// ErrNoKeys means that there are no keys to check a token with. Errors wrap it
// together with the cause.
var ErrNoKeys = errors.New("no keys could be loaded")

// Keyring keeps the last good keys. It is safe for concurrent use; one load
// runs at a time, and the callers that need its result wait for it.
type Keyring struct {
	load func(context.Context) (*Keys, error)
	now  func() time.Time

	// attempts counts finished loads, so that a caller that waited for one does
	// not start another.
	attempts atomic.Int64

	// turn is full while a caller uses the fields below. With a mutex, a caller
	// could wait past the end of its context.
	turn    chan struct{}
	keys    *Keys
	loaded  time.Time // when the load that brought keys began
	tried   time.Time // when the last load ended
	failure error     // of the last load
	asked   time.Time // when an unknown key last led to a load
}

// NewKeyring makes a ring without keys. load must end by itself or with its
// context, and its error must contain no key material.
func NewKeyring(load func(context.Context) (*Keys, error), now func() time.Time) *Keyring {
	// Round(0) drops the monotonic reading, which may stop while the function is
	// frozen between two requests: keys would look younger than they are.
	wall := func() time.Time { return now().Round(0) }
	return &Keyring{load: load, now: wall, turn: make(chan struct{}, 1)}
}

// Current returns keys that are at most MaxAge old or, while they cannot be
// loaded, MaxStale. Its error is ErrNoKeys.
func (r *Keyring) Current(ctx context.Context) (*Keys, error) {
	attempts := r.attempts.Load()
	if err := r.lock(ctx); err != nil {
		return nil, fmt.Errorf("%w: wait for them: %w", ErrNoKeys, err)
	}
	defer r.unlock()
	switch now := r.now(); {
	case r.keysWithin(MaxAge, now):
		return r.keys, nil
	case r.keysWithin(MaxStale, now) && within(Pause, r.tried, now):
		return r.keys, nil
	case r.attempts.Load() == attempts:
		r.reload(ctx)
	}
	if r.failure == nil || r.keysWithin(MaxStale, r.now()) {
		return r.keys, nil
	}
	return nil, fmt.Errorf("%w: %w", ErrNoKeys, r.failure)
}

// Newer returns the keys that replaced old, for a token whose key is not in old.
// If old is still current, it loads keys, at most once per Pause. Its error is
// ErrNoKeys if the last load failed: the token's key may exist.
func (r *Keyring) Newer(ctx context.Context, old *Keys) (*Keys, error) {
	if err := r.lock(ctx); err != nil {
		return nil, fmt.Errorf("%w: wait for newer ones: %w", ErrNoKeys, err)
	}
	defer r.unlock()
	if now := r.now(); r.keys == old && !within(Pause, r.asked, now) {
		r.asked = now
		r.reload(ctx)
	}
	if r.keys == old && r.failure != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKeys, r.failure)
	}
	return r.keys, nil
}

func (r *Keyring) lock(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Keyring) unlock() { <-r.turn }

func (r *Keyring) reload(ctx context.Context) {
	began := r.now()
	keys, err := r.load(ctx)
	r.attempts.Add(1)
	r.tried, r.failure = r.now(), err
	if err == nil {
		r.keys, r.loaded = keys, began
	}
}

func (r *Keyring) keysWithin(limit time.Duration, now time.Time) bool {
	return r.keys != nil && within(limit, r.loaded, now)
}

// within says whether since is at most limit before now. A time after now is
// not: the clock was set back, and the age is unknown.
func within(limit time.Duration, since, now time.Time) bool {
	age := now.Sub(since)
	return 0 <= age && age <= limit
}
