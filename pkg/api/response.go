package api

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"log/slog"
	"maps"
	"strconv"

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

	encoded []byte // Body as JSON
}

// Data is the body of a response that carries one membership.
type Data struct {
	Data any `json:"data"`
}

// proxyResponse is a response in the form that the gateway expects (API Gateway
// developer guide, "Output format of a Lambda function for proxy integration").
type proxyResponse struct {
	status  int
	headers map[string]string
	body    []byte // JSON
	outcome string
}

// text returns the response as JSON. encoding/json would take several times as long.
func (r *proxyResponse) text() []byte {
	text := make([]byte, 0, 512+len(r.body)*5/4)
	text = append(text, `{"statusCode":`...)
	text = strconv.AppendInt(text, int64(r.status), 10)
	text = append(text, `,"headers":{`...)
	comma := ""
	for name, value := range r.headers {
		text = quote(append(text, comma...), name)
		text = quote(append(text, ':'), value)
		comma = ","
	}
	text = append(text, `},"body":`...)
	text = quote(text, r.body)
	return append(text, `,"isBase64Encoded":false}`...)
}

// quote appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func quote[S ~string | ~[]byte](text []byte, s S) []byte {
	text, _ = jsontext.AppendQuote(text, s) // its error tells of such bytes
	return text
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
		maps.Copy(out.headers, map[string]string{
			"Access-Control-Allow-Origin":   h.origin,
			"Access-Control-Expose-Headers": exposed,
			"Vary":                          "Origin",
		})
	}
	return out
}

func success(r Response, requestID string) proxyResponse {
	out := proxyResponse{
		status: r.Status,
		headers: map[string]string{
			"Content-Type":  "application/json",
			"Cache-Control": "no-store",
			"X-Request-Id":  requestID,
		},
		body:    r.encoded,
		outcome: r.Outcome,
	}
	if r.Revision != "" {
		out.headers["ETag"] = membership.ETag(r.Revision)
	}
	if r.Next != "" {
		out.headers["Link"] = "<?" + r.Next + `>; rel="next"`
	}
	if r.Replayed {
		out.headers["Idempotency-Replayed"] = "true"
		out.outcome = replayed
	}
	return out
}

func failure(p problem.Problem) proxyResponse {
	body, _ := encode(p) // A problem has texts and memberships only, which are always JSON.
	return proxyResponse{
		status:  p.Status,
		headers: p.Headers(),
		body:    body,
		outcome: string(p.Code()),
	}
}

// encode makes JSON that is harmless in a web page too. Bytes that are not UTF-8
// become U+FFFD.
func encode(v any) ([]byte, error) {
	return json.Marshal(v, harmless)
}

var harmless = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
