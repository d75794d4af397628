// Package caller takes the holder of the two tokens from the authorizer to the
// handlers: through the context that API Gateway passes from the one to the
// others.
package caller

import (
	"errors"
	"strconv"

	"users-organizations/pkg/token"
)

var (
	// ErrNone says that the request did not pass our authorizer.
	ErrNone = errors.New("the request carries no authorizer context")
	// ErrIncomplete says that the authorizer's context is not usable.
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

// Context is the holder as the context of a Lambda authorizer's output: strings
// only, since API Gateway makes a string of everything else.
func Context(h token.Holder, prefix string) map[string]any {
	return map[string]any{
		userID:    h.UserID,
		sessionID: h.SessionID,
		expiresAt: strconv.FormatInt(h.ExpiresAt, 10),
		scope:     h.Scopes.Format(prefix),
	}
}

// FromContext reads what Context wrote. Its error is ErrNone where nothing of
// it is there, and ErrIncomplete where userId, sessionId or expiresAt is absent
// or malformed. A scope that is not a string, or has no scope of this service,
// allows nothing.
func FromContext(context map[string]any, prefix string) (token.Holder, error) {
	user, hasUser := context[userID]
	session, hasSession := context[sessionID]
	expiry, hasExpiry := context[expiresAt]
	scopes, hasScopes := context[scope]
	if !hasUser && !hasSession && !hasExpiry && !hasScopes {
		return token.Holder{}, ErrNone
	}
	var h token.Holder
	h.UserID, _ = user.(string)
	h.SessionID, _ = session.(string)
	seconds, _ := expiry.(string)
	var err error
	h.ExpiresAt, err = strconv.ParseInt(seconds, 10, 64)
	if err != nil || h.ExpiresAt <= 0 || h.UserID == "" || h.SessionID == "" {
		return token.Holder{}, ErrIncomplete
	}
	if !hasScopes {
		// An authorizer of the release before, during a canary, asked for write
		// and did not say so. The release after this one refuses such a context.
		h.Scopes = token.Write
		return h, nil
	}
	text, _ := scopes.(string)
	h.Scopes = token.ParseScopes(text, prefix)
	return h, nil
}
