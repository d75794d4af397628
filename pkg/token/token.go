// Package token verifies the two tokens of a request, the bearer token and the
// session token, and keeps the keys for that.
//
// golang-jwt does the cryptography. This package has every rule about the form
// of a token, because that library accepts an unknown crit, repeated names and
// exp 0. open reads the form and the header, find picks the one key that the
// token may be signed with, and only claims that this key signed are read.
// ATTACKS.md lists what is refused.
//
// The package has no clock and no network of its own; its callers provide both.
package token

import (
	"context"
	"errors"
	"time"
)

// Kind is a kind of token. Each has its own set of keys, so that neither passes
// for the other (RFC 8725, section 3.12).
type Kind string

// The two kinds.
const (
	Bearer  Kind = "bearer"
	Session Kind = "session"
)

// Rules are a deployment's own rules for bearer tokens.
type Rules struct {
	// Issuer must be the iss of a bearer token, exactly. If it is empty, iss is
	// not checked.
	Issuer string
	// Audience must be the aud of a bearer token, or one item of it. If it is
	// empty, aud is not checked.
	Audience string
	// Prefix is the part of each scope before the colon; never empty.
	Prefix string
}

// Holder is the user of two valid tokens.
type Holder struct {
	// UserID is the user of both tokens, 1 to 128 visible ASCII characters.
	UserID string
	// SessionID is the session token's, not empty.
	SessionID string
	// ExpiresAt is the earlier expiry of the two tokens, in Unix seconds,
	// 1 to 2^53-1.
	ExpiresAt int64
	// Scopes are those of this service that the bearer token holds.
	Scopes Scopes
}

// Holds says whether h has at least one of the scopes.
func (h Holder) Holds(scopes Scopes) bool { return h.Scopes&scopes != 0 }

// Verifier checks pairs of tokens. It is safe for concurrent use.
type Verifier struct {
	Rules Rules
	Keys  *Keyring
	// Now is the clock for the times in tokens.
	Now func() time.Time
}

// Verify returns the holder of both tokens. Its error is a *RefusedError if one
// of them is invalid, a *ForbiddenError if both are valid but without a scope of
// this service, and ErrNoKeys if there are no keys to check them with.
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

// keysFor returns the keys that the two tokens name. An unknown key may be newer
// than the current ones, so it looks for newer keys before it refuses the token.
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
