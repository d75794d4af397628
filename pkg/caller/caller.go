// Package caller passes the holder of the two tokens from the authorizer to the
// functions behind the routes, in the context that API Gateway hands on.
package caller

import (
	"errors"
	"strconv"

	"users-organizations/pkg/token"
)

var (
	// ErrNone means that the request did not pass the authorizer.
	ErrNone = errors.New("the request carries no authorizer context")
	// ErrIncomplete means that a part of the context is absent or malformed.
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

// Context returns h as the context of a Lambda authorizer's output. All values
// are strings, because API Gateway turns any other into one.
func Context(h token.Holder, prefix string) map[string]any {
	return map[string]any{
		userID:    h.UserID,
		sessionID: h.SessionID,
		expiresAt: strconv.FormatInt(h.ExpiresAt, 10),
		scope:     h.Scopes.Format(prefix),
	}
}

// FromContext reads what Context wrote. Its error is ErrNone if the context has
// none of the names, and ErrIncomplete if userId, sessionId or expiresAt is
// absent or malformed. A value of another kind than a string counts as the empty
// string. A scope that names no scope of this service allows nothing.
func FromContext(context map[string]string, prefix string) (token.Holder, error) {
	user, hasUser := context[userID]
	session, hasSession := context[sessionID]
	expiry, hasExpiry := context[expiresAt]
	scopes, hasScopes := context[scope]
	if !hasUser && !hasSession && !hasExpiry && !hasScopes {
		return token.Holder{}, ErrNone
	}
	seconds, err := strconv.ParseInt(expiry, 10, 64)
	h := token.Holder{UserID: user, SessionID: session, ExpiresAt: seconds}
	if err != nil || h.ExpiresAt <= 0 || h.UserID == "" || h.SessionID == "" {
		return token.Holder{}, ErrIncomplete
	}
	if !hasScopes {
		// The previous release's authorizer, which may serve during a canary,
		// requires write and sends no scope. The next release refuses this.
		h.Scopes = token.Write
		return h, nil
	}
	h.Scopes = token.ParseScopes(scopes, prefix)
	return h, nil
}
