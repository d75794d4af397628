package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"

	"users-organizations/pkg/openapi/openapitest"
)

// runner sends requests to one target and counts what they register.
type runner struct {
	target       Target
	organization int64
	client       *http.Client

	mu         sync.Mutex
	registered int
}

const (
	service = "/users-organizations/v1/bo/users/register/"
	body    = `{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[1,2]}}`
)

// request is one call; changes make it from a valid registration of a user
// that nobody knows.
type request struct {
	method, path, body string
	header             http.Header
}

type change func(*request)

func (r *runner) request(changes ...change) request {
	q := request{
		method: http.MethodPost,
		path:   r.path(fmt.Sprint(randomID()), fmt.Sprint(r.organization)),
		body:   body,
		header: http.Header{"Content-Type": {"application/json"}},
	}
	as(r.target.Caller)(&q)
	return q.but(changes...)
}

// randomID is an id that nobody else uses, most likely.
func randomID() int64 {
	return rand.Int64N(1 << 53) //nolint:gosec // G404: no secret.
}

func (r *runner) path(user, organization string) string {
	return service + user + "/organizations/" + organization
}

func (q request) but(changes ...change) request {
	q.header = q.header.Clone()
	for _, c := range changes {
		c(&q)
	}
	return q
}

func as(c Caller) change {
	return func(q *request) {
		header("Authorization", "Bearer "+c.Bearer)(q)
		header("X-Session-Token", c.Session)(q)
	}
}

// header sets all the values of a header, or takes it away.
func header(name string, values ...string) change {
	return func(q *request) {
		q.header.Del(name)
		if len(values) > 0 {
			q.header[http.CanonicalHeaderKey(name)] = values
		}
	}
}

// twice sends a header a second time.
func twice(name string) change {
	return func(q *request) { q.header.Add(name, q.header.Get(name)) }
}

func sending(body string) change { return func(q *request) { q.body = body } }

func at(path string) change { return func(q *request) { q.path = path } }

func by(method string) change { return func(q *request) { q.method = method } }

// reach says whether anything answers at the target, whatever it is: where
// nothing does, every case would differ for this one reason.
func (r *runner) reach(ctx context.Context) error {
	call, err := http.NewRequestWithContext(ctx, http.MethodGet, r.target.URL, nil)
	if err != nil {
		return fmt.Errorf("no case was run: %w", err)
	}
	response, err := r.client.Do(call)
	if err != nil {
		return fmt.Errorf("no case was run, since nothing answers: %w", err)
	}
	return response.Body.Close()
}

// answer is what came back, in a few words, and as it is.
type answer struct {
	words string
	body  string
}

// send gives the answer in the words that cases expect: its status, for a
// problem its type and what it lists, and whatever is not as the contract says.
func (r *runner) send(ctx context.Context, q request) answer {
	call, err := http.NewRequestWithContext(ctx, q.method, r.target.URL+q.path, strings.NewReader(q.body))
	if err != nil {
		return answer{words: err.Error()}
	}
	call.Header = q.header.Clone()
	response, err := r.client.Do(call)
	if err != nil {
		return answer{words: "no answer: " + err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{words: "no whole answer: " + err.Error()}
	}

	words := fmt.Sprint(response.StatusCode)
	if response.StatusCode == http.StatusCreated {
		words += r.created(q, text, response.Header.Get("Idempotency-Replayed") == "true")
	} else {
		words += problem(text)
	}
	conforms := openapitest.Answer{
		Method: q.method, Path: q.path, Status: response.StatusCode, Header: response.Header, Body: text,
	}.Conforms()
	if conforms != nil {
		words += ", not as the OpenAPI document says: " + conforms.Error()
	}
	return answer{words, string(text)}
}

// created compares a membership with what was asked for.
func (r *runner) created(q request, text []byte, replayed bool) string {
	if replayed {
		return " replayed"
	}
	r.mu.Lock()
	r.registered++
	r.mu.Unlock()

	type grant struct {
		Scope       float64
		Permissions struct {
			Group        float64
			Read, Manage []float64
		}
	}
	var asked grant
	var got struct {
		Data struct {
			grant
			UserID, OrganizationID json.Number
			DeletedAt              any
			UpdatedAt, CreatedAt   string
		}
	}
	if err := json.Unmarshal([]byte(q.body), &asked); err != nil {
		return " for a body that is no JSON"
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&got); err != nil {
		return " that can't be read: " + err.Error()
	}
	path, _, _ := strings.Cut(q.path, "?")
	d := got.Data
	switch {
	case path != r.path(d.UserID.String(), d.OrganizationID.String()):
		return " of another pair"
	case d.Scope != asked.Scope || d.Permissions.Group != asked.Permissions.Group,
		!slices.Equal(d.Permissions.Read, asked.Permissions.Read), !slices.Equal(d.Permissions.Manage, asked.Permissions.Manage):
		return " with other values"
	case d.DeletedAt != nil || d.UpdatedAt != d.CreatedAt:
		return " with times of another membership"
	}
	return ""
}

// problem tells a problem's type, and what decides about the next step.
func problem(text []byte) string {
	var p struct {
		Type      string
		Detail    string
		Identical *bool
		Errors    []struct{ In, Name, Pointer, Code string }
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return " that is no problem"
	}
	words := " " + strings.TrimPrefix(p.Type, "urn:users-organizations:problem:")
	switch {
	case p.Identical != nil && *p.Identical:
		words += ", identical"
	case p.Identical != nil:
		words += ", not identical"
	case len(p.Errors) > 4:
		return fmt.Sprintf("%s, %d of %s listed", words, len(p.Errors), strings.SplitN(p.Detail, " ", 2)[0])
	}
	for _, e := range p.Errors {
		words += fmt.Sprintf(", %s %s%s: %s", e.In, e.Name, e.Pointer, e.Code)
	}
	return words
}
