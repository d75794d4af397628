package caller

import (
	"errors"
	"strings"
)

// PrefixVariable is the environment variable for the prefix of the scopes.
const PrefixVariable = "AUTH_SCOPE_PREFIX"

// DefaultPrefix is the prefix of a deployment that sets no other.
const DefaultPrefix = "users-organizations"

// ScopePrefix reads PrefixVariable; empty means DefaultPrefix. The prefix does not
// include the colon. The error names the variable.
func ScopePrefix(getenv func(string) string) (string, error) {
	prefix := getenv(PrefixVariable)
	if prefix == "" {
		return DefaultPrefix, nil
	}
	if !IsPrefix(prefix) {
		return "", errors.New(PrefixVariable +
			` must be the part of a scope before the colon: visible ASCII without space, ", \ and colon (RFC 6749, section 3.3)`)
	}
	return prefix, nil
}

// IsPrefix says whether text is a scope-token (RFC 6749, section 3.3) without a
// colon.
func IsPrefix(text string) bool { return text != "" && !strings.ContainsFunc(text, notInPrefix) }

func notInPrefix(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"\:`, r)
}
