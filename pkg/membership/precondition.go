package membership

import (
	"errors"
	"strings"
)

// Precondition names a membership and the revision that the caller has seen. The
// write changes no other revision.
type Precondition struct {
	Key

	// Revision is 32 lower-case hexadecimal digits. Empty, it stands for any
	// revision; only a Removal may have it so.
	Revision string
}

// Change is a valid request to set parts of an active membership.
type Change struct {
	Precondition
	Grant
}

// Removal is a valid request to remove a membership.
type Removal struct{ Precondition }

// Restoration is a valid request to restore a removed membership as it was.
type Restoration struct{ Precondition }

// ErrRevisionRequired says that a request is valid but names no revision.
var ErrRevisionRequired = errors.New("the request names no revision in If-Match")

// ErrNotFound says that the pair has no membership, or has a deleted one and the
// request is about an active one.
var ErrNotFound = errors.New("there is no such membership")

// PreconditionFailedError says that the membership has another revision than the
// one that the request names. Nothing was changed.
type PreconditionFailedError struct {
	// Existing is the membership as it is, Revision its revision.
	Existing Membership
	Revision string
}

func (e *PreconditionFailedError) Error() string {
	return "the membership has changed since the revision that the request names"
}

// WriteRequest is an unchecked request to change, remove or restore a membership.
type WriteRequest struct {
	UserID, OrganizationID string
	// Query has the decoded query parameters, of which every one is refused.
	Query map[string][]string
	// IfMatch are the values of the header, one for each time it came.
	IfMatch []string
	Body    []byte
}

// ParseChange checks a request. Its error is an *InvalidError with the violations,
// or ErrRevisionRequired where there are none.
func ParseChange(r WriteRequest) (Change, error) {
	var invalid InvalidError
	precondition, _ := r.precondition(&invalid)
	change := Change{precondition, bodyReader{invalid: &invalid, partial: true}.read(r.Body)}
	return change, change.check(&invalid)
}

// ParseRemoval is ParseChange for a request to remove. With If-Match: *, the
// removal has no Revision.
func ParseRemoval(r WriteRequest) (Removal, error) {
	var invalid InvalidError
	precondition, anyRevision := r.precondition(&invalid)
	r.refuseBody(&invalid)
	removal := Removal{precondition}
	if anyRevision {
		return removal, invalid.orNil()
	}
	return removal, removal.check(&invalid)
}

// ParseRestoration is ParseChange for a request to restore.
func ParseRestoration(r WriteRequest) (Restoration, error) {
	var invalid InvalidError
	precondition, _ := r.precondition(&invalid)
	r.refuseBody(&invalid)
	restoration := Restoration{precondition}
	return restoration, restoration.check(&invalid)
}

func (r WriteRequest) precondition(invalid *InvalidError) (p Precondition, anyRevision bool) {
	p.Key = readKey(r.UserID, r.OrganizationID, invalid)
	(&query{r.Query, invalid}).end()
	p.Revision, anyRevision = readIfMatch(r.IfMatch, invalid)
	return p, anyRevision
}

func (r WriteRequest) refuseBody(invalid *InvalidError) {
	if len(r.Body) > 0 {
		invalid.add(InBody, "", NotAllowed, "must not be there: this operation takes no body")
	}
}

// check requires the revision, once the request has no violation.
func (p Precondition) check(invalid *InvalidError) error {
	if err := invalid.orNil(); err != nil {
		return err
	}
	if p.Revision == "" {
		return ErrRevisionRequired
	}
	return nil
}

// readIfMatch returns the revision in an If-Match header with one strong entity
// tag, and empty where there is no header. anyRevision says that the header is *,
// which every revision matches (RFC 9110, section 13.1.1).
func readIfMatch(values []string, invalid *InvalidError) (revision string, anyRevision bool) {
	const name = "If-Match"
	if len(values) == 0 {
		return "", false
	}
	value, ok := invalid.once(InHeader, name, values)
	if !ok {
		return "", false
	}
	value = strings.Trim(value, " \t")
	if value == "*" {
		return "", true
	}
	revision, ok = ParseETag(value)
	if !ok {
		invalid.add(InHeader, name, Malformed, "must be the ETag of the membership as it came: "+
			"32 lower-case hexadecimal digits in double quotes, one tag and not a weak one")
	}
	return revision, false
}

// ETag writes a revision as a strong entity tag (RFC 9110, section 8.8.3).
func ETag(revision string) string { return `"` + revision + `"` }

// ParseETag reads the form that ETag writes, and refuses every other.
func ParseETag(tag string) (revision string, ok bool) {
	if len(tag) != 2+2*markBytes || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return "", false
	}
	revision = tag[1 : len(tag)-1]
	return revision, strings.Trim(revision, "0123456789abcdef") == ""
}
