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

// bodies are what is sent with an operation that has a body.
var bodies = map[string]string{
	register.ID: `{"scope":1,"permissions":{"group":0,"manage":[1,2],"read":[1,2]}}`,
	change.ID:   `{"scope":2,"permissions":{"group":0,"manage":[2],"read":[1]}}`,
}

// runner sends requests to one target and keeps what it learns of memberships.
type runner struct {
	target Target
	client *http.Client
	// organization is the first of the organizations that the run uses.
	organization int64

	mu sync.Mutex
	// active says of each pair that was registered whether it was told last to
	// be active.
	active map[pair]bool
	// ids are those of the responses, and told what they say of a membership: the
	// text by its pair and ETag, and the ETag by its pair and text.
	ids  map[string]bool
	told map[string]string
}

// organizations is how many organizations a run uses: a list of a user has as many.
const organizations = 3

// pair is a user and an organization, in the words of a path.
type pair struct{ user, organization string }

// request is one call; edits make it from a valid one.
type request struct {
	method, path, body string
	header             http.Header
	// pair is what the call is about.
	pair pair
}

type edit func(*request)

// somebody is a random user, most likely unused, in the run's organization.
func (r *runner) somebody() pair { return pair{fmt.Sprint(randomID()), r.organizationID(0)} }

func (r *runner) organizationID(n int64) string { return strconv.FormatInt(r.organization+n, 10) }

// randomID is an id that is most likely unused, as are the next few.
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

// isOf says whether the request is one of o about its pair.
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

// header sets all the values of a header, or takes it away.
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

// asking adds to the query, which is written as it is sent.
func asking(query string) edit {
	return func(q *request) {
		mark := "?"
		if strings.Contains(q.path, mark) {
			mark = "&"
		}
		q.path += mark + query
	}
}

// after asks for the page behind a cursor.
func after(cursor string) edit { return asking("cursor=" + url.QueryEscape(cursor)) }

func by(method string) edit { return func(q *request) { q.method = method } }

// reach checks that something responds at the target, with any status: otherwise
// every case would differ for this one reason.
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
		return fmt.Errorf("no case was run, since %s leads to no stage: it ends in one, such as /main", r.target.URL)
	}
	return nil
}

// send gives the response in the words that cases expect.
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
