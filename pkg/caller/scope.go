package caller

import (
	"errors"
	"slices"
	"strings"
)

// Scopes is a set of scopes of this service: what a caller holds, or any one of
// which an operation asks for. Each is written as the deployment's prefix, a
// colon and a verb.
type Scopes uint8

// The scopes.
const (
	Read Scopes = 1 << iota
	Write
	Delete
	History
	// All is every scope of the service.
	All = Read | Write | Delete | History
)

// verbs are the scopes' verbs, in the order of their bits.
var verbs = []string{"read", "write", "delete", "history"}

// ParseVerb gives the scope of a verb, and no scope for an unknown one.
func ParseVerb(verb string) Scopes {
	i := slices.Index(verbs, verb)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// DefaultPrefix begins the scopes of a deployment that names no other prefix.
const DefaultPrefix = "users-organizations"

// PrefixVariable names the prefix in a function's environment.
const PrefixVariable = "AUTH_SCOPE_PREFIX"

// ScopePrefix reads PrefixVariable; empty means DefaultPrefix. The colon that
// ends the prefix is not part of it.
func ScopePrefix(getenv func(string) string) (string, error) {
	prefix := getenv(PrefixVariable)
	if prefix == "" {
		return DefaultPrefix, nil
	}
	if strings.ContainsFunc(prefix, notInPrefix) {
		return "", errors.New(PrefixVariable +
			` must be the part of a scope before the colon: visible ASCII without space, ", \ and colon (RFC 6749, section 3.3)`)
	}
	return prefix, nil
}

func notInPrefix(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"\:`, r)
}

// ParseScopes gives the scopes of this service in text, where spaces separate
// them from each other and from those of other services (RFC 6749, section 3.3).
func ParseScopes(text, prefix string) Scopes {
	var all Scopes
	for word := range strings.SplitSeq(text, " ") {
		if verb, ok := strings.CutPrefix(word, prefix+":"); ok {
			all |= ParseVerb(verb)
		}
	}
	return all
}

// Format writes s as ParseScopes reads it.
func (s Scopes) Format(prefix string) string {
	var words []string
	for i, verb := range verbs {
		if s&(1<<i) != 0 {
			words = append(words, prefix+":"+verb)
		}
	}
	return strings.Join(words, " ")
}
