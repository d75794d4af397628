// Package caller is what the authorizer tells the handlers about who calls:
// the context that API Gateway passes from the one to the other.
package caller

import (
	"errors"
	"strconv"
)

// Caller is the holder of two good tokens.
type Caller struct {
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

var (
	// ErrNone says that no authorizer of ours stood before the handler.
	ErrNone = errors.New("the request carries no authorizer context")
	// ErrIncomplete says that a context is there, but not usable.
	ErrIncomplete = errors.New("the authorizer context is incomplete")
)

// The names in the context. API Gateway adds names of its own beside them, and
// during a canary deployment other versions may add more: they are ignored.
const (
	userID    = "userId"
	sessionID = "sessionId"
	expiresAt = "expiresAt"
	scope     = "scope"
)

// Context is c in the form that a Lambda authorizer answers: strings only, as
// API Gateway makes strings of everything else.
func (c Caller) Context(prefix string) map[string]any {
	return map[string]any{
		userID:    c.UserID,
		sessionID: c.SessionID,
		expiresAt: strconv.FormatInt(c.ExpiresAt, 10),
		scope:     c.Scopes.Format(prefix),
	}
}

// FromContext reads what Context wrote. It answers ErrNone where nothing of it
// is there, and ErrIncomplete where a part is absent or malformed. A scope that
// is not a string, or holds none of this service, allows nothing.
func FromContext(context map[string]any, prefix string) (Caller, error) {
	user, hasUser := context[userID]
	session, hasSession := context[sessionID]
	expiry, hasExpiry := context[expiresAt]
	if !hasUser && !hasSession && !hasExpiry {
		return Caller{}, ErrNone
	}
	var c Caller
	c.UserID, _ = user.(string)
	c.SessionID, _ = session.(string)
	seconds, _ := expiry.(string)
	var err error
	c.ExpiresAt, err = strconv.ParseInt(seconds, 10, 64)
	if err != nil || c.ExpiresAt <= 0 || c.UserID == "" || c.SessionID == "" {
		return Caller{}, ErrIncomplete
	}
	scopes, hasScopes := context[scope]
	if !hasScopes {
		// An authorizer of the release before, during a canary, asked for write
		// and did not say so. The release after this one refuses such a context.
		c.Scopes = Write
		return c, nil
	}
	text, _ := scopes.(string)
	c.Scopes = ParseScopes(text, prefix)
	return c, nil
}

// Holds says whether the caller has one of the scopes.
func (c Caller) Holds(scopes Scopes) bool { return c.Scopes&scopes != 0 }
