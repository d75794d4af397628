package token

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// How long keys are good for.
const (
	// MaxAge is how old keys may become before they are loaded again, so a key
	// that was removed is dead after it.
	MaxAge = 5 * time.Minute
	// MaxStale is how old they may become while loading them again fails.
	MaxStale = 15 * time.Minute
	// Pause is the shortest time between two loads that unknown keys ask for,
	// and between two attempts while older keys are still good, so that junk
	// makes neither loads frequent nor calls slow.
	Pause = 30 * time.Second
)

// ErrNoKeys says that there are no keys to check a token with. The cause is
// wrapped beside it.
var ErrNoKeys = errors.New("no keys could be loaded")

// Keyring keeps the last good keys. It is safe for concurrent use; one load
// runs at a time, and the callers that need its result wait for it.
type Keyring struct {
	load func(context.Context) (*Keys, error)
	now  func() time.Time

	// attempts counts finished loads, so that a caller who waited for one can
	// tell and does not start another.
	attempts atomic.Int64

	// turn is full while a caller reads or writes the fields below. It is not a
	// mutex, so that no caller waits longer than its context.
	turn    chan struct{}
	keys    *Keys
	loaded  time.Time // when the load that brought keys began
	tried   time.Time // when the last load ended
	failure error     // of the last load
	asked   time.Time // when an unknown key last led to a load
}

// NewKeyring makes a ring without keys. load must end by itself or with its
// context; its error must hold no key material.
func NewKeyring(load func(context.Context) (*Keys, error), now func() time.Time) *Keyring {
	// Without the monotonic reading: it may stop while the function is frozen
	// between two requests, and the keys would look younger than they are.
	wall := func() time.Time { return now().Round(0) }
	return &Keyring{load: load, now: wall, turn: make(chan struct{}, 1)}
}

// Current gives keys that are at most MaxAge old or, while they cannot be
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

// Newer gives the keys that came after old, for a token whose key is not among
// old. If old are still the current ones, it loads keys, at most once in Pause.
// Its error is ErrNoKeys and means that the last load failed, so that the key may
// exist.
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

// within says whether since is at most limit before now. A clock that was set
// back says nothing about age, so what lies ahead of it is not within.
func within(limit time.Duration, since, now time.Time) bool {
	age := now.Sub(since)
	return 0 <= age && age <= limit
}
