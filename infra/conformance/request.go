package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"users-organizations/pkg/openapi"
	"users-organizations/pkg/strictjson"
)

// The operations of the contract.
var (
	register             = openapi.Named("registerUserOrganization")
	get                  = openapi.Named("getUserOrganization")
	change               = openapi.Named("changeUserOrganization")
	remove               = openapi.Named("removeUserOrganization")
	restore              = openapi.Named("restoreUserOrganization")
	listOfAUser          = openapi.Named("listUserOrganizations")
	listOfAnOrganization = openapi.Named("listOrganizationUsers")
	history              = openapi.Named("listUserOrganizationHistory")
)

// bodies are valid bodies, by operation.
var bodies = map[string]string{
	register.ID: `{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[1,2]}}`,
	change.ID:   `{"scope":2,"permissions":{"group":0,"manage":[2],"read":[1]}}`,
}

// runner sends requests to one target, and keeps what the responses show of
// memberships, to compare later responses.
type runner struct {
	target Target
	client *http.Client
	// organization is the first of the organizations that the run uses.
	organization int64

	mu sync.Mutex
	// active has each pair that was registered, and whether the last response
	// showed it as active.
	active map[pair]bool
	// ids are the request ids of the responses. seen has the memberships in them:
	// the text by pair and ETag, and the ETag by pair and text.
	ids  map[string]bool
	seen map[string]string
}

const organizations = 3

// pair is a user and an organization, as in a path.
type pair struct{ user, organization string }

// request is one call; edits make it from a valid one.
type request struct {
	method, path, body string
	header             http.Header
	pair               pair
}

type edit func(*request)

// somebody is a random user, almost certainly unused, in the run's organization.
func (r *runner) somebody() pair { return pair{fmt.Sprint(randomID()), r.organizationID(0)} }

func (r *runner) organizationID(n int64) string { return strconv.FormatInt(r.organization+n, 10) }

// randomID is a random id. It and the next few are almost certainly unused.
func randomID() int64 {
	return rand.Int64N(strictjson.MaxInteger - organizations) //nolint:gosec // G404: no secret.
}

// call is a valid request of an operation about a pair.
func (r *runner) call(o openapi.Operation, p pair, edits ...edit) request {
	q := request{method: o.Method, path: pathOf(o, p), body: bodies[o.ID], header: http.Header{}, pair: p}
	if q.body != "" {
		q.header.Set("Content-Type", o.MediaTypes[0])
	}
	as(r.target.Caller)(&q)
	return q.but(edits...)
}

// registration is a valid registration of somebody.
func (r *runner) registration(edits ...edit) request { return r.call(register, r.somebody(), edits...) }

func pathOf(o openapi.Operation, p pair) string {
	return strings.NewReplacer("{userId}", p.user, "{organizationId}", p.organization).Replace(o.Path)
}

// isOf reports whether the request calls o with its pair.
func (q request) isOf(o openapi.Operation) bool {
	path, _, _ := strings.Cut(q.path, "?")
	return q.method == o.Method && path == pathOf(o, q.pair)
}

func (q request) but(edits ...edit) request {
	q.header = q.header.Clone()
	for _, e := range edits {
		e(&q)
	}
	return q
}

func as(c Caller) edit {
	return func(q *request) {
		header("Authorization", "Bearer "+c.Bearer)(q)
		header("X-Session-Token", c.Session)(q)
	}
}

// header sets all values of a header, or without values removes it.
func header(name string, values ...string) edit {
	return func(q *request) {
		q.header.Del(name)
		if len(values) > 0 {
			q.header[http.CanonicalHeaderKey(name)] = values
		}
	}
}

// twice sends a header a second time.
func twice(name string) edit {
	return func(q *request) { q.header.Add(name, q.header.Get(name)) }
}

func sending(body string) edit { return func(q *request) { q.body = body } }

func at(path string) edit { return func(q *request) { q.path = path } }

// asking appends to the query, without escaping.
func asking(query string) edit {
	return func(q *request) {
		mark := "?"
		if strings.Contains(q.path, mark) {
			mark = "&"
		}
		q.path += mark + query
	}
}

// after asks for the page after a cursor.
func after(cursor string) edit { return asking("cursor=" + url.QueryEscape(cursor)) }

func by(method string) edit { return func(q *request) { q.method = method } }

// reach returns an error where nothing responds at the target: otherwise every
// case would differ for this one reason.
func (r *runner) reach(ctx context.Context) error {
	call, err := http.NewRequestWithContext(ctx, http.MethodGet, r.target.URL, nil)
	if err != nil {
		return fmt.Errorf("no case was run: %w", err)
	}
	response, err := r.client.Do(call)
	if err != nil {
		return fmt.Errorf("no case was run, since nothing responds: %w", err)
	}
	_ = response.Body.Close()
	if response.StatusCode == http.StatusForbidden && response.Header.Get("X-Request-Id") == "" {
		return fmt.Errorf("no case was run, since %s has no stage: end it with one, such as /main", r.target.URL)
	}
	return nil
}

// send returns the response, described in the words of the cases.
func (r *runner) send(ctx context.Context, q request) response {
	a, err := r.fetch(ctx, q)
	if err != nil {
		return response{words: "no whole response: " + err.Error()}
	}
	r.judge(q, &a)
	return a
}

func (r *runner) fetch(ctx context.Context, q request) (response, error) {
	call, err := http.NewRequestWithContext(ctx, q.method, r.target.URL+q.path, strings.NewReader(q.body))
	if err != nil {
		return response{}, err
	}
	call.Header = q.header.Clone()
	got, err := r.client.Do(call)
	if err != nil {
		return response{}, err
	}
	body, err := io.ReadAll(got.Body)
	return response{status: got.StatusCode, header: got.Header, body: string(body)}, errors.Join(err, got.Body.Close())
}
