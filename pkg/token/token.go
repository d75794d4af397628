// Package token verifies the two tokens that every request carries, says who
// holds them, and keeps the keys that it needs for that.
//
// The cryptography is golang-jwt's. Every rule about what a token may look
// like is in this package, because that library by itself accepts an unknown
// crit, repeated names and exp 0: open reads the form and the header, find
// picks the one key that the token may be signed with, and only what that key
// signed is read further. ATTACKS.md lists what is refused.
//
// The package has no clock and no network of its own: its callers give it both.
package token

import (
	"context"
	"errors"
	"time"
)

// Kind is one of the two kinds of token. Each has its own set of keys, so that
// neither passes for the other (RFC 8725, section 3.12).
type Kind string

// The two kinds.
const (
	Bearer  Kind = "bearer"
	Session Kind = "session"
)

// Rules are what a deployment asks of bearer tokens beyond what it always asks
// of both.
type Rules struct {
	// Issuer must be the iss of a bearer token, exactly; empty means any or none.
	Issuer string
	// Audience must be the aud of a bearer token, or one item of it; empty means
	// any or none.
	Audience string
	// Prefix begins each scope of this service, before the colon; never empty.
	Prefix string
}

// Holder is who holds two good tokens.
type Holder struct {
	// UserID is the user of both tokens, 1 to 128 visible ASCII characters.
	UserID string
	// SessionID is the session token's, not empty.
	SessionID string
	// ExpiresAt is when the first of the two tokens expires, in Unix seconds,
	// 1 to 2^53-1.
	ExpiresAt int64
	// Scopes are those of this service that the bearer token holds.
	Scopes Scopes
}

// Holds says whether the holder has one of the scopes.
func (h Holder) Holds(scopes Scopes) bool { return h.Scopes&scopes != 0 }

// Verifier checks pairs of tokens. It is safe for concurrent use.
type Verifier struct {
	Rules Rules
	Keys  *Keyring
	// Now is the clock that times in tokens are compared with.
	Now func() time.Time
}

// Verify gives the holder of both tokens. Its error is a *RefusedError where one
// of them is not good, a *ForbiddenError where both are good but without a scope
// of this service, and ErrNoKeys where there are no keys to check them with.
func (v *Verifier) Verify(ctx context.Context, bearer, session string) (Holder, error) {
	b, err := open(Bearer, bearer)
	if err != nil {
		return Holder{}, err
	}
	s, err := open(Session, session)
	if err != nil {
		return Holder{}, err
	}
	bearerKey, sessionKey, err := v.keysFor(ctx, b, s)
	if err != nil {
		return Holder{}, err
	}
	now := v.Now()
	fromBearer, err := v.Rules.readBearer(b, bearerKey, now)
	if err != nil {
		return Holder{}, err
	}
	fromSession, err := readSession(s, sessionKey, now)
	if err != nil {
		return Holder{}, err
	}
	if fromBearer.subject != fromSession.userID {
		return Holder{}, refuse(Session, ReasonOtherUser)
	}
	holder := Holder{
		UserID:    fromSession.userID,
		SessionID: fromSession.sessionID,
		ExpiresAt: min(fromBearer.expiry, fromSession.expiry),
		Scopes:    fromBearer.scopes,
	}
	if holder.Scopes == 0 {
		return Holder{}, &ForbiddenError{Holder: holder}
	}
	return holder, nil
}

// keysFor gives the keys that the two tokens name. An unknown key may be newer
// than the current ones, so it asks for newer keys before it refuses the token.
func (v *Verifier) keysFor(ctx context.Context, bearer, session unverified) (key, key, error) {
	keys, err := v.Keys.Current(ctx)
	if err != nil {
		return key{}, key{}, err
	}
	bearerKey, sessionKey, err := keys.find(bearer, session)
	var refusal *RefusedError
	if errors.As(err, &refusal) && refusal.Reason == ReasonUnknownKey {
		newer, err := v.Keys.Newer(ctx, keys)
		if err != nil {
			return key{}, key{}, err
		}
		return newer.find(bearer, session)
	}
	return bearerKey, sessionKey, err
}
