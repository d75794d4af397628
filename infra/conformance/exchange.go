package conformance

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// runner sends requests to one target and counts what they register.
type runner struct {
	target       Target
	organization int64
	client       *http.Client

	mu         sync.Mutex
	registered int
	// ids are the answers' own, and told what they say of a membership, by path.
	ids  map[string]bool
	told map[string]string
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

// reach says whether an API answers at the target, whatever it says: where none
// does, every case would differ for this one reason.
func (r *runner) reach(ctx context.Context) error {
	call, err := http.NewRequestWithContext(ctx, http.MethodGet, r.target.URL, nil)
	if err != nil {
		return fmt.Errorf("no case was run: %w", err)
	}
	response, err := r.client.Do(call)
	if err != nil {
		return fmt.Errorf("no case was run, since nothing answers: %w", err)
	}
	_ = response.Body.Close()
	if response.StatusCode == http.StatusForbidden && response.Header.Get("X-Request-Id") == "" {
		return fmt.Errorf("no case was run, since %s leads to no stage: it ends in one, such as /main", r.target.URL)
	}
	return nil
}

// send gives the answer in the words that cases expect.
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
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{words: "no whole answer: " + err.Error()}
	}
	a := answer{status: response.StatusCode, header: response.Header, body: string(body)}
	a.words = r.judge(q, a)
	return a
}
