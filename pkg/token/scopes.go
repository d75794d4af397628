package token

import (
	"slices"
	"strings"
)

// Scopes is a set of scopes of this service: what a bearer token holds, or any
// one of which an operation asks for. Each is written as the deployment's
// prefix, a colon and a verb.
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

// ParseScopes gives the scopes of this service in text, where spaces separate
// them from each other and from those of other services (RFC 6749, section 3.3).
func ParseScopes(text, prefix string) Scopes {
	var all Scopes
	for word := range strings.SplitSeq(text, " ") {
		if verb, ours := strings.CutPrefix(word, prefix+":"); ours {
			all |= ParseVerb(verb)
		}
	}
	return all
}

// Format writes s as ParseScopes reads it, in the order of the constants.
func (s Scopes) Format(prefix string) string {
	var words []string
	for i, verb := range verbs {
		if s&(1<<i) != 0 {
			words = append(words, prefix+":"+verb)
		}
	}
	return strings.Join(words, " ")
}
