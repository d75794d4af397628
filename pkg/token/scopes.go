package token

import (
	"slices"
	"strings"
)

// Scopes is a set of scopes of this service: those that a bearer token has, or
// those of which an operation requires one. A scope is written as the
// deployment's prefix, a colon and a verb.
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

// ParseVerb returns the scope of a verb, 0 for an unknown one.
func ParseVerb(verb string) Scopes {
	i := slices.Index(verbs, verb)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// ParseScopes returns the scopes of this service in text, a list of scopes with
// spaces between them (RFC 6749, section 3.3). It ignores unknown ones.
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
