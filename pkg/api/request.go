package api

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"users-organizations/pkg/apigateway"
	"users-organizations/pkg/caller"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
	"users-organizations/pkg/token"
)

// MaxBody is the size of the largest body, decoded, in bytes. A byte that is not
// UTF-8 counts as three, those of U+FFFD, by which the gateway replaces it.
const MaxBody = 64 << 10

// Request is one request to an operation, from a caller who may send it.
type Request struct {
	// ID is the gateway's id of the request. A caller may be able to choose it.
	ID     string
	Caller token.Holder
	// UserID and OrganizationID are the ids in the path as sent, or empty if the
	// route has no such parameter.
	UserID, OrganizationID string
	// Query has all values of each query parameter, decoded.
	Query map[string][]string
	// Body is what the caller sent, at most MaxBody bytes.
	Body []byte

	event     *event
	operation operation
	now       func() time.Time
	storeTook time.Duration
}

// Header returns the values of a header, however often it was sent.
func (r *Request) Header(header apigateway.Header) []string { return r.event.Values(header) }

// TimeStore starts to measure StoreLatency, until the returned function is called.
// An operation that does not call it has no such metric.
func (r *Request) TimeStore() func() {
	start := r.now()
	return func() { r.storeTook += r.now().Sub(start) }
}

// identify reads the caller from the authorizer's context and checks expiry,
// headers and scope again: a cached policy outlives the tokens that it was made
// for, and allows requests that the authorizer never saw.
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
	for _, header := range []apigateway.Header{apigateway.Authorization, apigateway.SessionToken} {
		if n := len(r.Header(header)); n != 1 {
			return refuse(problem.Unauthorized, "%s was sent %d times", header, n)
		}
	}
	if !who.Holds(r.operation.scopes) {
		return refuse(problem.Forbidden, "the caller's scopes are %q", who.Scopes.Format(prefix))
	}
	return nil
}

// readBody reads the body and checks its size and, if the operation has a body,
// its media type.
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
		// The gateway replaces each byte that is not UTF-8 by U+FFFD. 0xff makes
		// the body malformed again, so that it does not pass for another text.
		body = bytes.ReplaceAll(body, []byte("\ufffd"), []byte{0xff})
	}
	r.Body = body
	return nil
}

// checkMediaType accepts the operation's media types in UTF-8, uncompressed.
func (r *Request) checkMediaType() error {
	types := r.Header(apigateway.ContentType)
	if len(types) != 1 {
		return refuse(problem.UnsupportedMediaType, "Content-Type was sent %d times", len(types))
	}
	if !slices.Contains(r.operation.mediaTypes, mediaType(types[0])) {
		return refuse(problem.UnsupportedMediaType, "Content-Type is not %s in UTF-8", strings.Join(r.operation.mediaTypes, " or "))
	}
	for _, encoding := range r.Header(apigateway.ContentEncoding) {
		if !strings.EqualFold(encoding, "identity") {
			return refuse(problem.UnsupportedMediaType, "Content-Encoding is not identity")
		}
	}
	return nil
}

// mediaType returns the type and subtype in lower case, or nothing if there is a
// parameter other than charset=utf-8. A general parser would also accept a charset
// twice, or in the continuations and percent-encoding of RFC 2231.
func mediaType(value string) string {
	kind, parameter, _ := strings.Cut(strings.Map(lower, value), ";")
	switch strings.Trim(parameter, " \t") {
	case "", "charset=utf-8", `charset="utf-8"`:
		return strings.Trim(kind, " \t")
	}
	return ""
}

// lower changes ASCII only: in Unicode, İ becomes i, and EqualFold takes ſ for s.
func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

func refuse(code problem.Code, cause string, args ...any) error {
	return &problem.Error{Code: code, Cause: fmt.Sprintf(cause, args...)}
}
