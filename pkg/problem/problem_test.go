package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
)

// statuses is the contract: the meaning of a code must not change.
var statuses = map[problem.Code]int{
	problem.InvalidRequest: 400, problem.Unauthorized: 401, problem.Forbidden: 403, problem.NoSuchOperation: 404,
	problem.MembershipNotFound: 404,
	problem.MembershipExists:   409, problem.PreconditionFailed: 412, problem.PreconditionRequired: 428, problem.PayloadTooLarge: 413, problem.UnsupportedMediaType: 415,
	problem.IdempotencyKeyReused: 422, problem.TooManyRequests: 429, problem.InternalError: 500,
	problem.BadGateway: 502, problem.Unavailable: 503, problem.Timeout: 504,
}

func TestEveryCode(t *testing.T) {
	t.Parallel()
	more := map[problem.Code]string{
		problem.Unauthorized: "WWW-Authenticate: Bearer", problem.UnsupportedMediaType: "Accept: application/json",
		problem.TooManyRequests: "Retry-After: 1", problem.Unavailable: "Retry-After: 1",
	}
	for code, status := range statuses {
		p := problem.New(code, "r-1")
		if p.Type != "urn:users-organizations:problem:"+string(code) || p.Status != status || p.Code() != code ||
			p.Title == "" || p.Detail == "" || p.RequestID != "r-1" {
			t.Errorf("%s: %+v", code, p)
		}
		want := map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store", "X-Request-Id": "r-1"}
		if name, value, ok := strings.Cut(more[code], ": "); ok {
			want[name] = value
		}
		if got := p.Headers(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: headers %v, want %v", code, got, want)
		}
	}
	if p := problem.New("unknown", "r-1"); p.Status != 500 || p.Code() != problem.InternalError {
		t.Errorf("an unknown code became %+v", p)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	existing := membership.Membership{UserID: 1, OrganizationID: 2, Scope: 1, Permissions: membership.Permissions{Read: []int64{}, Manage: []int64{}}}
	gone := existing
	gone.DeletedAt = time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC)
	_, invalid := membership.ParseRegistration(membership.RegistrationRequest{UserID: "x", OrganizationID: "1", Body: []byte(`{"scope":1,"permissions":{"group":0,"manage":[],"read":[]}}`)})
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"an invalid request": {invalid, `"status":400,"detail":"1 problem was found in the request.","requestId":"r-1","errors":[{"in":"path","name":"userId","code":"malformed","detail":`},
		"an existing one":    {&membership.ExistsError{Revision: "0f", Existing: existing, Identical: true}, `"existing":{"userId":1,"organizationId":2,"scope":1,"permissions":{"group":0,"read":[],"manage":[]},"deletedAt":null,`},
		"identical":          {&membership.ExistsError{Revision: "0f", Existing: existing, Identical: true}, `,"identical":true,"etag":"\"0f\""}`},
		"not identical":      {&membership.ExistsError{Revision: "0f", Existing: existing}, `,"identical":false,"etag":"\"0f\""}`},
		"detail, existing":   {&membership.ExistsError{Revision: "0f", Existing: existing}, `"detail":"An active membership of this user in this organization exists; nothing was changed.",`},
		"detail, deleted":    {&membership.ExistsError{Existing: gone}, `"detail":"The membership that this Idempotency-Key registered has been deleted since; nothing was changed. To register the user anew, use a new key.",`},
		"a deleted one":      {&membership.ExistsError{Existing: gone}, `"deletedAt":"2024-12-15T10:00:00.000Z"`},
		"a key reused":       {membership.ErrKeyReused, `"status":422`},
		"unavailable":        {membership.ErrUnavailable, `"status":503`},
		"no membership":      {membership.ErrNotFound, `"type":"urn:users-organizations:problem:membership-not-found"`},
		"another revision":   {&membership.PreconditionFailedError{Existing: existing, Revision: "0f"}, `"createdAt":"0001-01-01T00:00:00.000Z"},"etag":"\"0f\""}`},
		"no revision":        {membership.ErrRevisionRequired, `"status":428`},
		"a refusal":          {&problem.Error{Code: problem.PayloadTooLarge, Cause: "hidden"}, `"status":413`},
		"anything else":      {errors.New("dial tcp 10.0.0.1: hidden"), `"status":500`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(problem.Of(fmt.Errorf("wrapped: %w", c.err), "r-1", problem.Registers))
			if err != nil || !strings.Contains(string(got), c.want) {
				t.Errorf("got %s, %v\nwant %s in it", got, err, c.want)
			}
			if strings.Contains(string(got), "hidden") {
				t.Errorf("the problem contains the cause: %s", got)
			}
		})
	}
}

func TestDetailCountsViolations(t *testing.T) {
	t.Parallel()
	for total, want := range map[int]string{
		1: "1 problem was found in the request.", 2: "2 problems were found in the request.",
		101: "101 problems were found in the request; the first 100 are listed.",
	} {
		invalid := &membership.InvalidError{Total: total, Violations: make([]membership.Violation, min(total, membership.MaxViolations))}
		if got := problem.Of(invalid, "r", problem.Registers).Detail; got != want {
			t.Errorf("%d: %q, want %q", total, got, want)
		}
	}
}

func TestAnEmptyPointerIsNotLeftOut(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(membership.Violation{In: membership.InBody, Code: membership.Malformed, Detail: "d"})
	if want := `{"in":"body","pointer":"","code":"malformed","detail":"d"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestAPreconditionFailedHasTheETag(t *testing.T) {
	t.Parallel()
	p := problem.Of(&membership.PreconditionFailedError{Revision: "0f"}, "r", problem.Writes)
	if got := p.Headers()["ETag"]; got != `"0f"` {
		t.Errorf("ETag: %s", got)
	}
}

// TestFailuresFitTheOperation: only a write may have been carried out, and only
// a registration has an Idempotency-Key.
func TestFailuresFitTheOperation(t *testing.T) {
	t.Parallel()
	for effect, c := range map[problem.Effect]struct{ carriedOut, key bool }{
		problem.Reads: {false, false}, problem.Writes: {true, false}, problem.Registers: {true, true}, problem.Unknown: {true, true},
	} {
		for _, err := range []error{errors.New("anything"), membership.ErrUnavailable} {
			detail := problem.Of(err, "r", effect).Detail
			if strings.Contains(detail, "carried out") != c.carriedOut || strings.Contains(detail, "Idempotency-Key") != c.key {
				t.Errorf("effect %d: %s", effect, detail)
			}
		}
	}
}
