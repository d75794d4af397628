package token

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// source serves keys to a ring under test, and is its clock.
type source struct {
	mu      sync.Mutex
	clock   time.Time
	keys    *Keys
	failure error
	loads   int
}

func newSource(keys *Keys) *source { return &source{clock: now, keys: keys} }

func (s *source) load(context.Context) (*Keys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if s.failure != nil {
		return nil, s.failure
	}
	return s.keys, nil
}

func (s *source) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *source) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

func (s *source) serve(keys *Keys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.failure = keys, nil
}

// expect checks how often keys were loaded so far.
func (s *source) expect(t *testing.T, loads int, when string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loads != loads {
		t.Errorf("%s: %d loads, want %d", when, s.loads, loads)
	}
}

var errDown = errors.New("the keys are unreachable")

func TestKeysAreLoadedAgainWhenOld(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	ring := NewKeyring(s.load, s.now)
	s.expect(t, 0, "before the first call")
	get := func(when string) {
		t.Helper()
		if _, err := ring.Current(t.Context()); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	get("at first")
	s.expect(t, 1, "at first")
	s.pass(5 * time.Minute)
	get("at 5 minutes")
	s.expect(t, 1, "at 5 minutes")
	s.pass(time.Nanosecond)
	get("after 5 minutes")
	s.expect(t, 2, "after 5 minutes")
}

func TestTheLastGoodKeysOutliveFailures(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	ring := NewKeyring(s.load, s.now)
	current := func() error { _, err := ring.Current(t.Context()); return err }
	if err := current(); err != nil {
		t.Fatal(err)
	}
	s.fail(errDown)

	const maxAge, pause, maxStale = 5 * time.Minute, 30 * time.Second, 15 * time.Minute // the contract's
	s.pass(maxAge + time.Second)
	if err := current(); err != nil {
		t.Errorf("old keys: %v", err)
	}
	s.expect(t, 2, "keys that became too old")
	if err := current(); err != nil {
		t.Errorf("again at once: %v", err)
	}
	s.expect(t, 2, "at once after a failure, while keys are used")
	s.pass(pause)
	if err := current(); err != nil {
		t.Errorf("at the end of the pause: %v", err)
	}
	s.expect(t, 2, "at the end of the pause")
	s.pass(time.Second)
	if err := current(); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	s.expect(t, 3, "after the pause")

	s.pass(maxStale - maxAge - pause - 2*time.Second)
	if err := current(); err != nil {
		t.Errorf("at 15 minutes: %v", err)
	}
	s.pass(time.Nanosecond)
	if err := current(); !errors.Is(err, errDown) {
		t.Errorf("after 15 minutes: %v, want the cause", err)
	}
	loads := s.loads
	if err := current(); !errors.Is(err, errDown) {
		t.Errorf("after 15 minutes again: %v, want the cause", err)
	}
	s.expect(t, loads+1, "every call tries while there are no keys")

	s.fail(nil)
	if err := current(); err != nil {
		t.Errorf("once the keys are back: %v", err)
	}
}

func TestEveryCallTriesWhileThereAreNoKeys(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	s.fail(errDown)
	ring := NewKeyring(s.load, s.now)
	for try := range 3 {
		if _, err := ring.Current(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("got %v, want the cause", err)
		}
		s.expect(t, try+1, "without keys")
	}
	s.fail(nil)
	if _, err := ring.Current(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAClockThatIsSetBackMakesKeysOld(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	ring := NewKeyring(s.load, s.now)
	for range 2 {
		if _, err := ring.Current(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.pass(-time.Hour)
	}
	s.expect(t, 2, "an hour earlier")
}

// TestRotation replaces a key. Tokens are refused only if their key is not in the
// set or no longer in it.
func TestRotation(t *testing.T) {
	t.Parallel()
	before, after := signers()[Bearer]["HS256"], signers()[Bearer]["EdDSA"]
	session := jwkSet(signers()[Session]["HS256"])
	s := newSource(parseKeys(t, jwkSet(before), session))
	v := &Verifier{Rules: rules, Keys: NewKeyring(s.load, s.now), Now: at(now)}
	verify := func(algorithm, when, code string) {
		t.Helper()
		f := genuine(Bearer)
		f.signWith(algorithm)
		bearer, session := f.pair()
		_, err := v.Verify(t.Context(), bearer, session)
		var refusal *RefusedError
		switch {
		case code == "" && err != nil:
			t.Errorf("%s, %s: %v", algorithm, when, err)
		case code != "" && (!errors.As(err, &refusal) || refusal.Code() != code):
			t.Errorf("%s, %s: %v, want %s", algorithm, when, err, code)
		}
	}
	verify("HS256", "before", "")
	verify("EdDSA", "before", "bearer.unknown-key")
	s.expect(t, 2, "an unknown key")

	s.serve(parseKeys(t, jwkSet(before, after), session))
	verify("EdDSA", "added, but looked for a moment ago", "bearer.unknown-key")
	s.expect(t, 2, "an unknown key within the pause")
	s.pass(Pause + time.Second)
	verify("EdDSA", "added", "")
	verify("HS256", "while both are in the set", "")
	s.expect(t, 3, "an unknown key after the pause")

	s.serve(parseKeys(t, jwkSet(after), session))
	verify("HS256", "removed, but not loaded", "")
	s.pass(MaxAge + time.Second)
	verify("HS256", "removed", "bearer.unknown-key")
	verify("EdDSA", "alone", "")

	s.fail(errDown)
	s.pass(MaxAge + time.Second)
	verify("EdDSA", "while the keys are unreachable", "")
	f := genuine(Bearer)
	f.signWith("HS256")
	bearer, sessionToken := f.pair()
	for range 2 {
		if _, err := v.Verify(t.Context(), bearer, sessionToken); !errors.Is(err, ErrNoKeys) {
			t.Errorf("an unknown key, while the keys are unreachable: %v, want ErrNoKeys, because the key may exist", err)
		}
	}
	s.fail(nil)
	s.pass(Pause + time.Second)
	verify("HS256", "with the keys back", "bearer.unknown-key")
}

// TestInvalidKeysDoNotReplaceGoodOnes loads keys that break a rule.
func TestInvalidKeysDoNotReplaceGoodOnes(t *testing.T) {
	t.Parallel()
	b, s := signers()[Bearer]["HS256"], signers()[Session]["HS256"]
	for name, session := range map[string][]byte{
		"not JSON":                    []byte("-----BEGIN"),
		"an empty set":                []byte(`{"keys":[]}`),
		"a short key":                 []byte(hmacSigner("short", "short").jwk),
		"the bearer's key":            []byte(b.jwk),
		"the bearer's key and others": jwkSet(s, b),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document, clock := jwkSet(s), now
			load := func(context.Context) (*Keys, error) { return ParseKeys(jwkSet(b), document) }
			ring := NewKeyring(load, func() time.Time { return clock })
			v := &Verifier{Rules: rules, Keys: ring, Now: at(now)}
			verify := func() (Holder, error) {
				return v.Verify(t.Context(), genuine(Bearer).text(), genuine(Session).text())
			}
			if _, err := verify(); err != nil {
				t.Fatal(err)
			}
			document = session
			clock = clock.Add(MaxAge + time.Second)
			if _, err := verify(); err != nil {
				t.Errorf("with the last good keys: %v", err)
			}
			clock = clock.Add(MaxStale)
			_, err := verify()
			if _, invalid := errors.AsType[*InvalidKeysError](err); !invalid {
				t.Errorf("after MaxStale: %v, want what is wrong with the keys", err)
			}
		})
	}
}

// TestAStormOfUnknownKeys sends many tokens with an unknown key at once.
func TestAStormOfUnknownKeys(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	v := &Verifier{Rules: rules, Keys: NewKeyring(s.load, s.now), Now: at(now)}
	storm := func() {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				f := genuine(Bearer)
				f.header.set("kid", `"nobody"`)
				bearer, session := f.pair()
				var refusal *RefusedError
				if _, err := v.Verify(t.Context(), bearer, session); !errors.As(err, &refusal) {
					t.Errorf("got %v, want it refused", err)
				}
			})
		}
		all.Wait()
	}
	storm()
	s.expect(t, 2, "a storm: the first keys, and one look for newer ones")
	storm()
	s.expect(t, 2, "another storm at once")
	s.pass(30 * time.Second)
	storm()
	s.expect(t, 2, "another at the end of the pause")
	s.pass(time.Nanosecond)
	storm()
	s.expect(t, 3, "another after the pause")
}

// TestOnlyAnUnknownKeyCausesALoad sends a token that newer keys would not make
// valid.
func TestOnlyAnUnknownKeyCausesALoad(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	v := &Verifier{Rules: rules, Keys: NewKeyring(s.load, s.now), Now: at(now)}
	f := genuine(Bearer)
	header("alg", `"RS256"`)(f)
	bearer, session := f.pair()
	_, err := v.Verify(t.Context(), bearer, session)
	if refusal, ok := errors.AsType[*RefusedError](err); !ok || refusal.Reason != ReasonAlgorithm {
		t.Errorf("got %v, want the algorithm refused", err)
	}
	s.expect(t, 1, "a known key with another algorithm")
}

// TestNewerKeysAreReturnedWithoutALoad checks a caller with older keys, whether or
// not keys can be loaded.
func TestNewerKeysAreReturnedWithoutALoad(t *testing.T) {
	t.Parallel()
	old, newer := hmacKeys(t), hmacKeys(t)
	s := newSource(newer)
	ring := NewKeyring(s.load, s.now)
	for loads, failure := range []error{nil, errDown} {
		s.fail(failure)
		if _, err := ring.Current(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := ring.Newer(t.Context(), old); got != newer || err != nil {
			t.Errorf("got %p, %v, want the newer keys", got, err)
		}
		s.expect(t, loads+1, "newer keys that were loaded before")
		s.pass(MaxAge + time.Second)
	}
}

// TestOneLoadAtATime lets many callers wait for one slow load: all of them take
// its result, keys or error.
func TestOneLoadAtATime(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	for name, failure := range map[string]error{"keys": nil, "an error": errDown} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				loads, finish := 0, make(chan struct{})
				ring := NewKeyring(func(context.Context) (*Keys, error) {
					loads++
					<-finish
					return keys, failure
				}, time.Now)
				for range 50 {
					go func() {
						if _, err := ring.Current(t.Context()); !errors.Is(err, failure) {
							t.Errorf("got %v, want %v", err, failure)
						}
					}()
				}
				synctest.Wait()
				close(finish)
				synctest.Wait()
				if loads != 1 {
					t.Errorf("%d loads, want 1", loads)
				}
			})
		})
	}
}

// TestAWaitEndsWithItsContext lets a load hang.
func TestAWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	old := hmacKeys(t)
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan struct{})
		ring := NewKeyring(func(context.Context) (*Keys, error) {
			<-finish
			return nil, errDown
		}, time.Now)
		go func() { _, _ = ring.Current(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := ring.Current(ctx); !errors.Is(err, ErrNoKeys) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want no keys and the deadline", err)
		}
		if got, err := ring.Newer(ctx, old); !errors.Is(err, ErrNoKeys) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, %v, want no keys and the deadline", got, err)
		}
		close(finish)
	})
}

// TestKeysAreAsOldAsTheirLoad counts the age from the beginning of the load, which
// may miss changes that are made while it runs.
func TestKeysAreAsOldAsTheirLoad(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	ring := NewKeyring(func(ctx context.Context) (*Keys, error) {
		keys, err := s.load(ctx)
		s.pass(time.Minute)
		return keys, err
	}, s.now)
	for _, wait := range []time.Duration{0, MaxAge - time.Minute, time.Nanosecond} {
		s.pass(wait)
		if _, err := ring.Current(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.expect(t, 2, "MaxAge after the load began")
}

// TestPauseFollowsAFailedLoad counts the pause from the end of the load: counted
// from the beginning, it would be over after a load of more than Pause.
func TestPauseFollowsAFailedLoad(t *testing.T) {
	t.Parallel()
	s := newSource(hmacKeys(t))
	ring := NewKeyring(func(ctx context.Context) (*Keys, error) {
		keys, err := s.load(ctx)
		if err != nil {
			s.pass(time.Minute)
		}
		return keys, err
	}, s.now)
	if _, err := ring.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.fail(errDown)
	s.pass(MaxAge + time.Second)
	for range 2 {
		if _, err := ring.Current(t.Context()); err != nil {
			t.Errorf("while older keys are used: %v", err)
		}
	}
	s.expect(t, 2, "at once after a slow failure")
}

// TestAgeIsMeasuredOnTheWallClock is about a function that was frozen. Only times
// without a monotonic reading are compared by the wall clock.
func TestAgeIsMeasuredOnTheWallClock(t *testing.T) {
	t.Parallel()
	at := NewKeyring(nil, time.Now).now()
	if at != at.Round(0) {
		t.Errorf("%v has a monotonic reading", at)
	}
}
