// Package problem is how this service says no: RFC 9457 problem details, one
// shape for the handlers and for the gateway's own answers.
package problem

// ContentType is the media type of every problem (RFC 9457, section 3).
const ContentType = "application/problem+json"

// typePrefix begins the type of every problem; its Code ends it.
const typePrefix = "urn:users-organizations:problem:"

// Problem is a problem details object. Clients ignore members that they don't
// know, so later versions only add.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status,omitempty"`
	Detail string `json:"detail,omitempty"`
	// RequestID is the id under which the log tells the cause.
	RequestID string `json:"requestId"`
}

// New is the problem of a code in the words of the table. A code that is not
// in it becomes InternalError.
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
	}
}

func headers(code Code, requestID string) map[string]string {
	h := map[string]string{
		"Content-Type":  ContentType,
		"Cache-Control": "no-store",
		"X-Request-Id":  requestID,
	}
	if e := table[code]; e.header != "" {
		h[e.header] = e.value
	}
	return h
}
