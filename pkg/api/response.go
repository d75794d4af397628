package api

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"log/slog"
	"maps"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
)

// Response is the result of an operation.
type Response struct {
	// Status is 200 or 201.
	Status int
	// Revision becomes the ETag, unless it is empty.
	Revision string
	// Next is the query of the next page. It becomes a Link (RFC 8288), unless it
	// is empty.
	Next string
	// Body becomes JSON.
	Body any
	// Outcome is a word for the log, such as created.
	Outcome string
	// Replayed says that an earlier request did what this one asks for.
	Replayed bool
	// Logged is added to the request's log line.
	Logged []slog.Attr

	encoded string // Body as JSON
}

// Data is the body of a response that carries one membership.
type Data struct {
	Data any `json:"data"`
}

// proxyResponse is a response in the form that the gateway expects (API Gateway
// developer guide, "Output format of a Lambda function for proxy integration").
type proxyResponse struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`

	outcome string
}

// exposed are the response headers that a web page may read beside the safelisted
// ones (Fetch standard, "CORS-safelisted response-header name").
const exposed = "ETag, Idempotency-Replayed, Link, Retry-After, X-Request-Id"

func (h *Handler) respond(r *Request, response Response, err error) proxyResponse {
	var out proxyResponse
	if err != nil {
		out = failure(problem.Of(err, r.ID, r.operation.effect))
	} else {
		out = success(response, r.ID)
	}
	if h.origin != "" {
		maps.Copy(out.Headers, map[string]string{
			"Access-Control-Allow-Origin":   h.origin,
			"Access-Control-Expose-Headers": exposed,
			"Vary":                          "Origin",
		})
	}
	return out
}

func success(r Response, requestID string) proxyResponse {
	out := proxyResponse{
		StatusCode: r.Status,
		Headers: map[string]string{
			"Content-Type":  "application/json",
			"Cache-Control": "no-store",
			"X-Request-Id":  requestID,
		},
		Body:    r.encoded,
		outcome: r.Outcome,
	}
	if r.Revision != "" {
		out.Headers["ETag"] = membership.ETag(r.Revision)
	}
	if r.Next != "" {
		out.Headers["Link"] = "<?" + r.Next + `>; rel="next"`
	}
	if r.Replayed {
		out.Headers["Idempotency-Replayed"] = "true"
		out.outcome = replayed
	}
	return out
}

func failure(p problem.Problem) proxyResponse {
	body, _ := encode(p) // A problem has texts and memberships only, which are always JSON.
	return proxyResponse{
		StatusCode: p.Status,
		Headers:    p.Headers(),
		Body:       string(body),
		outcome:    string(p.Code()),
	}
}

// encode makes JSON that is harmless in a web page too. Bytes that are not UTF-8
// become U+FFFD.
func encode(v any) ([]byte, error) {
	return json.Marshal(v, jsontext.AllowInvalidUTF8(true), jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
}
