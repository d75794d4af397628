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

// answer is what came back, in a few words, and as it is.
type answer struct {
	words  string
	status int
	header http.Header
	body   string
}

// judge says the answer in the words that cases expect: its status, for a
// problem its type and what it lists, and whatever is not as the contract says.
func (r *runner) judge(q request, a answer) string {
	words := fmt.Sprint(a.status)
	if a.status == http.StatusCreated {
		words += r.created(q, a)
	} else {
		words += r.refused(q, a)
	}
	conforms := openapitest.Response{
		Method: q.method, Path: q.path, Status: a.status, Header: a.header, Body: []byte(a.body),
	}.ConformsFromAfar()
	if conforms != nil {
		words += ", not as the OpenAPI document says: " + conforms.Error()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	id := a.header.Get("X-Request-Id")
	switch {
	case id == "":
		words += ", without an X-Request-Id"
	case r.ids[id]:
		words += ", under the X-Request-Id of another request"
	}
	r.ids[id] = true
	return words
}

// created compares a membership with what was asked for.
func (r *runner) created(q request, a answer) string {
	words := " replayed"
	if a.header.Get("Idempotency-Replayed") != "true" {
		words = ""
		r.mu.Lock()
		r.registered++
		r.mu.Unlock()
	}
	var got struct{ Data json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		return words + " that can't be read: " + err.Error()
	}
	return words + cmp.Or(r.wrongMembership(q, a, got.Data), wrongGrant(q, got.Data))
}

// refused tells a problem's type, and what decides about the next step.
func (r *runner) refused(q request, a answer) string {
	var p struct {
		Type, Detail, RequestID string
		Existing                json.RawMessage
		Identical               *bool
		Errors                  []struct{ In, Name, Pointer, Code string }
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		return " that is no problem"
	}
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
		if wrong := r.wrongMembership(q, a, p.Existing); wrong != "" {
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

// wrongChallenge says what is wrong with a 401. API Gateway renames its header
// where a function answered it. The words are always the same, so that they
// never tell which part of a token was wrong.
func wrongChallenge(a answer, detail string) string {
	scheme := cmp.Or(a.header.Get("WWW-Authenticate"), a.header.Get("X-Amzn-Remapped-Www-Authenticate"))
	switch {
	case scheme != "Bearer":
		return "without WWW-Authenticate: Bearer"
	case detail != problem.New(problem.Unauthorized, "").Detail:
		return "in other words than every 401"
	}
	return ""
}
