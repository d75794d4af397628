package membership

import (
	"errors"
	"strings"
)

// Precondition names a membership and the revision of it that a caller has seen:
// a write that names it changes nothing else.
type Precondition struct {
	Key

	// Revision is 32 lower-case hexadecimal digits. It is empty for any revision,
	// which only a Removal may ask for.
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

// ErrRevisionRequired says that a request is valid, but does not name the
// revision that it is about.
var ErrRevisionRequired = errors.New("the request names no revision in If-Match")

// ErrNotFound says that the pair has no membership, or only a deleted one where
// the request asks for an active one.
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

// WriteRequest is what a caller sent to change, remove or restore, as it came.
type WriteRequest struct {
	UserID, OrganizationID string
	// Query are the decoded query parameters. No write has any.
	Query map[string][]string
	// IfMatch are the values of the header, one for each time it came.
	IfMatch []string
	Body    []byte
}

// ParseChange checks a request and gives what it asks for. The error is an
// *InvalidError that lists everything that is wrong with it, or
// ErrRevisionRequired.
func ParseChange(r WriteRequest) (Change, error) {
	var invalid InvalidError
	change := Change{Precondition: r.precondition(&invalid),
		Grant: bodyReader{invalid: &invalid, partial: true}.read(r.Body)}
	return change, change.check(&invalid)
}

// ParseRemoval is ParseChange for a request to remove. Where If-Match is *, the
// removal has no Revision.
func ParseRemoval(r WriteRequest) (Removal, error) {
	var invalid InvalidError
	removal := Removal{r.precondition(&invalid)}
	r.refuseBody(&invalid)
	err := removal.check(&invalid)
	if errors.Is(err, ErrRevisionRequired) && len(r.IfMatch) == 1 {
		return removal, nil // It was *.
	}
	return removal, err
}

// ParseRestoration is ParseChange for a request to restore.
func ParseRestoration(r WriteRequest) (Restoration, error) {
	var invalid InvalidError
	restoration := Restoration{r.precondition(&invalid)}
	r.refuseBody(&invalid)
	return restoration, restoration.check(&invalid)
}

func (r WriteRequest) precondition(invalid *InvalidError) Precondition {
	key := readKey(r.UserID, r.OrganizationID, invalid)
	(&query{r.Query, invalid}).end()
	return Precondition{Key: key, Revision: readIfMatch(r.IfMatch, invalid)}
}

func (r WriteRequest) refuseBody(invalid *InvalidError) {
	if len(r.Body) > 0 {
		invalid.add(InBody, "", NotAllowed, "must not be there: this operation takes no body")
	}
}

// check asks for the revision once everything else is right.
func (p Precondition) check(invalid *InvalidError) error {
	switch {
	case invalid.Total > 0:
		return invalid
	case p.Revision == "":
		return ErrRevisionRequired
	}
	return nil
}

// anyRevision is the If-Match of a caller who takes any (RFC 9110, section 13.1.1).
const anyRevision = "*"

// readIfMatch reads the one strong entity tag of an If-Match header; it gives
// nothing where there is no header, or anyRevision.
func readIfMatch(values []string, invalid *InvalidError) string {
	const name = "If-Match"
	if len(values) == 0 {
		return ""
	}
	value, ok := invalid.once(InHeader, name, values)
	if !ok {
		return ""
	}
	value = strings.Trim(value, " \t")
	if value == anyRevision {
		return ""
	}
	revision, ok := ParseETag(value)
	if !ok {
		invalid.add(InHeader, name, Malformed, "must be the ETag of the membership as it came: "+
			"32 lower-case hexadecimal digits in double quotes, one tag and not a weak one")
	}
	return revision
}

// ETag writes a revision as a strong entity tag (RFC 9110, section 8.8.3).
func ETag(revision string) string { return `"` + revision + `"` }

// ParseETag reads what ETag wrote of a revision, and nothing else.
func ParseETag(tag string) (revision string, ok bool) {
	if len(tag) != 2+2*markBytes || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return "", false
	}
	revision = tag[1 : len(tag)-1]
	return revision, strings.Trim(revision, "0123456789abcdef") == ""
}
