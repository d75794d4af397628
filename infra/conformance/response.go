package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"users-organizations/pkg/openapi/openapitest"
	"users-organizations/pkg/problem"
)

// response has words that describe it, and its parts.
type response struct {
	words  string
	status int
	header http.Header
	body   string
	// etag is the ETag of the membership in the response, or empty.
	etag string
	page page
}

// judge describes the response in the words of the cases: its status, for a
// membership whether it was replayed and is deleted, for a page its size, for a
// problem its type and errors, and every violation of the contract.
func (r *runner) judge(q request, a *response) {
	a.words = fmt.Sprint(a.status)
	var body struct{ Data json.RawMessage }
	_ = json.Unmarshal([]byte(a.body), &body) // ConformsFromAfar reports a body that has to be JSON.
	switch {
	case a.status >= http.StatusBadRequest:
		a.words += r.problem(q, a)
	case strings.HasPrefix(string(body.Data), "[") && q.isOf(history):
		a.words += r.history(q, a)
	case strings.HasPrefix(string(body.Data), "["):
		a.words += r.list(q, a)
	case body.Data != nil:
		a.words += r.success(q, a, body.Data)
	}
	conforms := openapitest.Response{
		Method: q.method, Path: q.path, Status: a.status, Header: a.header, Body: []byte(a.body),
	}.ConformsFromAfar()
	if conforms != nil {
		a.words += ", violating the OpenAPI document: " + conforms.Error()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := a.header.Get("X-Request-Id")
	switch {
	case id == "":
		a.words += ", without an X-Request-Id"
	case r.ids[id] && id != q.header.Get("X-Amzn-Requestid"): // A client may choose it.
		a.words += ", under the X-Request-Id of another request"
	}
	r.ids[id] = true
}

// success compares a membership with the request.
func (r *runner) success(q request, a *response, data []byte) string {
	a.etag = a.header.Get("ETag")
	m, wrong := r.membership(q.pair, a, a.etag, data)
	words := ""
	if a.header.Get("Idempotency-Replayed") == "true" {
		words = " replayed"
	} else if a.etag == "" {
		words = " without an ETag"
	}
	if m.DeletedAt != nil {
		words += " deleted"
	}
	r.mu.Lock()
	// A faulty deployment may have written another pair than the request's.
	r.active[cmp.Or(m.pair(), q.pair)] = m.DeletedAt == nil
	r.mu.Unlock()
	if wrong != "" {
		return words + wrong
	}
	if a.status == http.StatusCreated && (m.DeletedAt != nil || m.UpdatedAt != m.CreatedAt) {
		words += " with times of another membership"
	}
	return words + wrongGrant(q, data)
}

// problem describes a problem: its type, and the members that a client acts on.
func (r *runner) problem(q request, a *response) string {
	var p struct {
		Type, Detail, RequestID, ETag string
		Existing                      json.RawMessage
		Identical                     *bool
		Errors                        []struct{ In, Name, Pointer, Code string }
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		return " without a problem"
	}
	a.etag = p.ETag
	words := []string{" " + strings.TrimPrefix(p.Type, "urn:users-organizations:problem:")}
	switch {
	case p.Identical != nil && *p.Identical:
		words = append(words, "identical")
	case p.Identical != nil:
		words = append(words, "not identical")
	case len(p.Errors) > 4:
		words = append(words, fmt.Sprintf("%d of %s listed", len(p.Errors), strings.SplitN(p.Detail, " ", 2)[0]))
	default:
		for _, e := range p.Errors {
			words = append(words, fmt.Sprintf("%s %s%s: %s", e.In, e.Name, e.Pointer, e.Code))
		}
	}
	if p.Existing != nil {
		if _, wrong := r.membership(q.pair, a, a.etag, p.Existing); wrong != "" {
			words = append(words, "existing"+wrong)
		}
	}
	if a.status == http.StatusUnauthorized {
		if wrong := wrongChallenge(a, p.Detail); wrong != "" {
			words = append(words, wrong)
		}
	}
	if p.RequestID != a.header.Get("X-Request-Id") {
		words = append(words, "with a requestId that is not its X-Request-Id")
	}
	return strings.Join(words, ", ")
}

// wrongChallenge says what is wrong with a 401. API Gateway renames the header
// of a function's 401. The detail must always be the same, so that it never
// reveals which part of a token was wrong.
func wrongChallenge(a *response, detail string) string {
	scheme := cmp.Or(a.header.Get("WWW-Authenticate"), a.header.Get("X-Amzn-Remapped-Www-Authenticate"))
	switch {
	case scheme != "Bearer":
		return "without WWW-Authenticate: Bearer"
	case detail != problem.New(problem.Unauthorized, "").Detail:
		return "in other words than every 401"
	}
	return ""
}
