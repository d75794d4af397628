package caller

import (
	"errors"
	"strings"
)

// PrefixVariable names the prefix of the service's scopes in a function's
// environment.
const PrefixVariable = "AUTH_SCOPE_PREFIX"

// DefaultPrefix begins the scopes of a deployment that names no other prefix.
const DefaultPrefix = "users-organizations"

// ScopePrefix reads PrefixVariable; empty means DefaultPrefix. The colon that
// ends the prefix is not part of it.
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

// IsPrefix says whether text can begin a scope before the colon: a scope-token of
// RFC 6749, section 3.3, that has no colon itself.
func IsPrefix(text string) bool { return text != "" && !strings.ContainsFunc(text, notInPrefix) }

func notInPrefix(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"\:`, r)
}
