package problem

// Code names a kind of problem; its meaning never changes. It is the end of the
// problem's type URN.
type Code string

// The codes that a caller can get.
const (
	InvalidRequest       Code = "invalid-request"
	Unauthorized         Code = "unauthorized"
	Forbidden            Code = "forbidden"
	NoSuchOperation      Code = "not-found"
	MembershipNotFound   Code = "membership-not-found"
	MembershipExists     Code = "membership-exists"
	PreconditionFailed   Code = "precondition-failed"
	PayloadTooLarge      Code = "payload-too-large"
	UnsupportedMediaType Code = "unsupported-media-type"
	IdempotencyKeyReused Code = "idempotency-key-reused"
	PreconditionRequired Code = "precondition-required"
	TooManyRequests      Code = "too-many-requests"
	InternalError        Code = "internal-error"
	BadGateway           Code = "bad-gateway"
	Unavailable          Code = "unavailable"
	Timeout              Code = "timeout"
)

// entry is the status and the texts of a code, and the header that the status
// requires, if any.
type entry struct {
	status        int
	title, detail string
	header, value string
}

// table is the one place where a code becomes a status.
var table = map[Code]entry{
	InvalidRequest: {status: 400, title: "The request is not valid",
		detail: "The request does not have the form that this operation asks for."},
	Unauthorized: {status: 401, title: "The caller is not authenticated",
		detail: "Send a valid bearer token in Authorization and a valid session token of the same user in x-session-token, each once.",
		header: "WWW-Authenticate", value: "Bearer"},
	Forbidden: {status: 403, title: "The caller may not do this",
		detail: "The bearer token does not carry the scope that this operation asks for."},
	NoSuchOperation: {status: 404, title: "There is no such operation",
		detail: "No operation has this method and path."},
	MembershipNotFound: {status: 404, title: "There is no such membership",
		detail: "This user has no active membership in this organization. With deleted=include a GET shows a removed one."},
	MembershipExists: {status: 409, title: "The membership exists already",
		detail: "An active membership of this user in this organization exists; nothing was changed."},
	PreconditionFailed: {status: 412, title: "The membership has changed",
		detail: "It is not as your If-Match says; nothing was changed. Look at existing, and send its etag if you still want to."},
	PayloadTooLarge: {status: 413, title: "The body is too large",
		detail: "The body may have 65536 bytes at most."},
	UnsupportedMediaType: {status: 415, title: "The media type is not supported",
		detail: "Send the body as Content-Type: application/json, in UTF-8 and without a Content-Encoding.",
		header: "Accept", value: "application/json"},
	IdempotencyKeyReused: {status: 422, title: "The Idempotency-Key belongs to another request",
		detail: "This key was sent before with another request for the same membership; use a new key for a new request."},
	PreconditionRequired: {status: 428, title: "The request names no revision",
		detail: "GET the membership and send its ETag as If-Match, so that nothing is changed that you have not seen."},
	TooManyRequests: {status: 429, title: "Too many requests",
		detail: "Wait as Retry-After says, then repeat the request.",
		header: "Retry-After", value: "1"},
	InternalError: {status: 500, title: "The service failed",
		detail: "A write may have been carried out. Repeat the request, a registration with the same Idempotency-Key; " +
			"if this goes on, report the requestId."},
	BadGateway: {status: 502, title: "The service gave no usable response",
		detail: "A write may have been carried out. Repeat the request, a registration with the same Idempotency-Key."},
	Unavailable: {status: 503, title: "The service is not available",
		detail: "A write may have been carried out. Wait as Retry-After says, then repeat the request, " +
			"a registration with the same Idempotency-Key.",
		header: "Retry-After", value: "1"},
	Timeout: {status: 504, title: "The service took too long",
		detail: "A write may have been carried out. Repeat the request, a registration with the same Idempotency-Key."},
}

// Effect is what a failed request may have done nevertheless.
type Effect int

// The effects of requests. Unknown is for a request whose operation is not known.
const (
	Unknown Effect = iota
	Reads
	Writes
	Registers
)

// details replaces the details of the table if the effect is known.
var details = map[Effect]map[Code]string{
	Reads: {
		InternalError: "Repeat the request; if this goes on, report the requestId.",
		Unavailable:   "Wait as Retry-After says, then repeat the request.",
	},
	Writes: {
		InternalError: "The request may have been carried out. Repeat it unchanged; if this goes on, report the requestId.",
		Unavailable:   "The request may have been carried out. Wait as Retry-After says, then repeat it unchanged.",
	},
	Registers: {
		InternalError: "The request may have been carried out. Repeat it with the same Idempotency-Key; if this goes on, report the requestId.",
		Unavailable:   "The request may have been carried out. Wait as Retry-After says, then repeat it with the same Idempotency-Key.",
	},
}

// of returns the problem of a failure, with the detail for the effect.
func (e Effect) of(failure Code, requestID string) Problem {
	p := New(failure, requestID)
	if detail, ok := details[e][failure]; ok {
		p.Detail = detail
	}
	return p
}

// deletedDetail is the detail of MembershipExists for a retry after the removal.
const deletedDetail = "The membership that this Idempotency-Key registered has been deleted since; " +
	"nothing was changed. To register the user anew, use a new key."
