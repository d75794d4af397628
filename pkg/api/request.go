package api

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"users-organizations/pkg/caller"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
	"users-organizations/pkg/token"
)

// MaxBody is how many bytes a body may have, decoded. A byte that is not UTF-8
// counts as the three of U+FFFD, which the gateway has put in its place.
const MaxBody = 64 << 10

// Request is one request to an operation, from a caller who may send it.
type Request struct {
	// ID is the gateway's id of the request. A caller may be able to choose it.
	ID     string
	Caller token.Holder
	// UserID and OrganizationID are the ids of the path as they came, or empty where
	// the route has no such parameter.
	UserID, OrganizationID string
	// Query are the query parameters, decoded, each with all of its values.
	Query map[string][]string
	// Body is what the caller sent, without its encoding; MaxBody bytes at most.
	Body []byte

	event     *event
	operation operation
	now       func() time.Time
	storeTook time.Duration
}

// Header gives the values of a header, one for each time it came, in any
// spelling of its name.
func (r *Request) Header(name string) []string { return r.event.Values(name) }

// TimeStore begins to time the store, until the function that it gives is
// called. Only an operation that asks its store has a StoreLatency.
func (r *Request) TimeStore() func() {
	start := r.now()
	return func() { r.storeTook += r.now().Sub(start) }
}

// identify takes the caller from the authorizer, and checks again what a cached
// policy can't know: it outlives the tokens that it was made for, and
// serves requests that the authorizer never saw.
func (r *Request) identify(prefix string) error {
	who, err := caller.FromContext(r.event.RequestContext.Authorizer, prefix)
	r.Caller = who
	switch {
	case errors.Is(err, caller.ErrNone):
		return err
	case err != nil:
		return refuse(problem.Unauthorized, "%v", err)
	case token.Passed(who.ExpiresAt, r.now()):
		return refuse(problem.Unauthorized, "a token has expired")
	}
	for _, name := range []string{"Authorization", "x-session-token"} {
		if n := len(r.Header(name)); n != 1 {
			return refuse(problem.Unauthorized, "%s came %d times", name, n)
		}
	}
	if !who.Holds(r.operation.scopes) {
		return refuse(problem.Forbidden, "the caller's scopes are %q", who.Scopes.Format(prefix))
	}
	return nil
}

// readBody checks what the body says of itself, and keeps its bytes. Where the
// operation has no body, its media type does not matter.
func (r *Request) readBody() error {
	if len(r.operation.mediaTypes) > 0 {
		if err := r.checkMediaType(); err != nil {
			return err
		}
	}
	body := []byte(r.event.Body)
	if r.event.IsBase64Encoded {
		decoded, err := base64.StdEncoding.AppendDecode(nil, body)
		if err != nil {
			return membership.MalformedBody("the body is not the base64 that the event says it is")
		}
		body = decoded
	}
	if len(body) > MaxBody {
		return refuse(problem.PayloadTooLarge, "the body has %d bytes", len(body))
	}
	if !r.event.IsBase64Encoded {
		// The gateway puts U+FFFD in the place of each byte that is not UTF-8.
		// The body is malformed there, and must not pass for another text.
		body = bytes.ReplaceAll(body, []byte("\ufffd"), []byte{0xff})
	}
	r.Body = body
	return nil
}

// checkMediaType accepts the operation's media types in UTF-8, uncompressed.
func (r *Request) checkMediaType() error {
	types := r.Header("Content-Type")
	if len(types) != 1 {
		return refuse(problem.UnsupportedMediaType, "Content-Type came %d times", len(types))
	}
	if !slices.Contains(r.operation.mediaTypes, mediaType(types[0])) {
		return refuse(problem.UnsupportedMediaType, "Content-Type is not %s in UTF-8", strings.Join(r.operation.mediaTypes, " or "))
	}
	for _, encoding := range r.Header("Content-Encoding") {
		if !strings.EqualFold(encoding, "identity") {
			return refuse(problem.UnsupportedMediaType, "Content-Encoding is not identity")
		}
	}
	return nil
}

// mediaType gives the type and subtype in lower case, and nothing where there is
// a parameter other than charset=utf-8. It is narrower than a general parser,
// which would also take a charset twice, or in the pieces and percents of RFC 2231.
func mediaType(value string) string {
	kind, parameter, _ := strings.Cut(strings.Map(lower, value), ";")
	switch strings.Trim(parameter, " \t") {
	case "", "charset=utf-8", `charset="utf-8"`:
		return strings.Trim(kind, " \t")
	}
	return ""
}

// lower changes ASCII alone: Unicode would make an i of İ, and EqualFold an s of ſ.
func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

func refuse(code problem.Code, cause string, args ...any) error {
	return &problem.Error{Code: code, Cause: fmt.Sprintf(cause, args...)}
}
