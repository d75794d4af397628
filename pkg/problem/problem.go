// Package problem has the error responses of the functions and of the gateway
// itself, as problem details (RFC 9457).
package problem

import (
	"errors"
	"fmt"

	"users-organizations/pkg/membership"
)

// ContentType is the media type of every problem (RFC 9457, section 3).
const ContentType = "application/problem+json"

// typePrefix and a Code are the type of a problem.
const typePrefix = "urn:users-organizations:problem:"

// Problem is a problem details object. Clients ignore members that they don't
// know, so later versions may only add members.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status,omitzero"`
	Detail string `json:"detail,omitempty"`
	// RequestID finds the cause in the log.
	RequestID string `json:"requestId"`

	// Errors is for InvalidRequest.
	Errors []membership.Violation `json:"errors,omitempty"`
	// Existing and ETag are for MembershipExists and PreconditionFailed, Identical
	// is for MembershipExists.
	Existing  *membership.Membership `json:"existing,omitempty"`
	Identical *bool                  `json:"identical,omitempty"`
	ETag      string                 `json:"etag,omitempty"`

	code Code
}

// New returns the problem of a code, with the texts of the table. An unknown code
// becomes InternalError.
func New(code Code, requestID string) Problem {
	e, ok := table[code]
	if !ok {
		code, e = InternalError, table[InternalError]
	}
	return Problem{
		Type:      typePrefix + string(code),
		Title:     e.title,
		Status:    e.status,
		Detail:    e.detail,
		RequestID: requestID,
		code:      code,
	}
}

// Error is a refusal with the texts of its code.
type Error struct {
	Code Code
	// Cause is for the log only.
	Cause string
}

func (e *Error) Error() string { return e.Cause }

// Of returns the problem for err, the error of a request with that effect. An unknown
// error becomes InternalError, so that no text of another system reaches a caller.
func Of(err error, requestID string, effect Effect) Problem {
	var (
		refusal *Error
		invalid *membership.InvalidError
		exists  *membership.ExistsError
		changed *membership.PreconditionFailedError
	)
	switch {
	case errors.As(err, &refusal):
		return New(refusal.Code, requestID)
	case errors.As(err, &invalid):
		p := New(InvalidRequest, requestID)
		p.Detail = count(invalid)
		p.Errors = invalid.Violations
		return p
	case errors.As(err, &exists):
		p := New(MembershipExists, requestID)
		if !exists.Existing.Active() {
			p.Detail = deletedDetail
		}
		p.Existing, p.Identical, p.ETag = &exists.Existing, &exists.Identical, membership.ETag(exists.Revision)
		return p
	case errors.As(err, &changed):
		p := New(PreconditionFailed, requestID)
		p.Existing, p.ETag = &changed.Existing, membership.ETag(changed.Revision)
		return p
	case errors.Is(err, membership.ErrNotFound):
		return New(MembershipNotFound, requestID)
	case errors.Is(err, membership.ErrRevisionRequired):
		return New(PreconditionRequired, requestID)
	case errors.Is(err, membership.ErrKeyReused):
		return New(IdempotencyKeyReused, requestID)
	case errors.Is(err, membership.ErrUnavailable):
		return effect.of(Unavailable, requestID)
	}
	return effect.of(InternalError, requestID)
}

func count(invalid *membership.InvalidError) string {
	switch listed := len(invalid.Violations); {
	case invalid.Total == 1:
		return "1 problem was found in the request."
	case invalid.Total > listed:
		return fmt.Sprintf("%d problems were found in the request; the first %d are listed.", invalid.Total, listed)
	default:
		return fmt.Sprintf("%d problems were found in the request.", invalid.Total)
	}
}

// Code returns the code of p.
func (p Problem) Code() Code { return p.code }

// Headers returns the headers of a response with p.
func (p Problem) Headers() map[string]string {
	h := map[string]string{
		"Content-Type":  ContentType,
		"Cache-Control": "no-store",
		"X-Request-Id":  p.RequestID,
	}
	if e := table[p.code]; e.header != "" {
		h[e.header] = e.value
	}
	if p.code == PreconditionFailed && p.ETag != "" {
		h["ETag"] = p.ETag
	}
	return h
}
