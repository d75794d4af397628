package conformance_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"users-organizations/infra/conformance"
)

var caller = conformance.Caller{Bearer: "e.bearer.token", Session: "e.session.token"}

// The server responds to every request with the same membership, so no case may
// pass.
func TestAServerThatRespondsToEverythingWith201(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef"`)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, `{"data":{"userId":1,"organizationId":1,"scope":1,"permissions":{"group":0,"read":[1,2],"manage":[1,2]},`+
			`"deletedAt":null,"updatedAt":"2024-12-09T14:23:00.000Z","createdAt":"2024-12-09T14:23:00.000Z"}}`)
	}))
	t.Cleanup(server.Close)
	var out strings.Builder
	report, err := conformance.Run(t.Context(), conformance.Target{URL: server.URL, Caller: caller}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if report.Passed != 0 || len(report.Differ) < 150 {
		t.Errorf("%+v\n%s", report, out.String())
	}
	words := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"DIFFERS a registration expected: 201 got: 201 of another pair, violating the OpenAPI document: ",
		"NOT RUN tokens of two users needs the tokens of another caller",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("the table does not contain %q:\n%s", want, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 120 {
			t.Errorf("a line is wider than 120 columns: %s", line)
		}
	}
	for _, secret := range []string{caller.Bearer, caller.Session} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a token is in the table:\n%s", out.String())
		}
	}
}

func TestNoCaseIsRun(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	noStage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"Forbidden"}`)
	}))
	t.Cleanup(noStage.Close)
	up := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(up.Close)
	smoke := func(ctx context.Context, target conformance.Target, out io.Writer) (conformance.Report, error) {
		return conformance.Smoke(ctx, target, 0, out)
	}
	for name, c := range map[string]struct {
		run    func(context.Context, conformance.Target, io.Writer) (conformance.Report, error)
		target conformance.Target
		want   string
	}{
		"where nothing responds":                 {conformance.Run, conformance.Target{URL: gone.URL, Caller: caller}, "nothing responds"},
		"where nothing responds, without tokens": {conformance.Run, conformance.Target{URL: gone.URL}, "nothing responds"},
		"without the stage":                      {conformance.Run, conformance.Target{URL: noStage.URL, Caller: caller}, "has no stage: end it with one, such as /main"},
		"without tokens":                         {conformance.Run, conformance.Target{URL: up.URL}, "set BEARER_TOKEN and SESSION_TOKEN (infra/local/README.md shows how)"},
		"of a release, where nothing responds":   {smoke, conformance.Target{URL: gone.URL}, "nothing responds"},
		"of a release, without the stage":        {smoke, conformance.Target{URL: noStage.URL}, "has no stage: end it with one, such as /main"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			report, err := c.run(t.Context(), c.target, &out)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(report.Differ) > 0 || out.Len() > 0 {
				t.Errorf("%+v, %v; want only an error with %q\n%s", report, err, c.want, out.String())
			}
		})
	}
}

func TestARunContinuesAfterACaseWithoutAResponse(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(server.Close)
	var out strings.Builder
	report, err := conformance.Run(t.Context(), conformance.Target{URL: server.URL, Caller: caller}, &out)
	if err != nil || report.Passed != 0 || len(report.Differ) < 150 || !strings.Contains(out.String(), "no whole response: ") {
		t.Errorf("%+v, %v\n%s", report, err, out.String())
	}
}

// The API of this release responds to every request with 503.
func TestAReleaseThatIsDown(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"type":"urn:users-organizations:problem:unavailable"}`)
	}))
	t.Cleanup(server.Close)
	for name, c := range map[string]struct {
		target conformance.Target
		want   string
	}{
		"without tokens": {conformance.Target{URL: server.URL}, "0 as expected, 3 differ, 4 not run."},
		"with tokens":    {conformance.Target{URL: server.URL, Caller: caller, Unscoped: caller}, "0 as expected, 7 differ, 0 not run."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			report, err := conformance.Smoke(t.Context(), c.target, 0, &out)
			if err != nil || report.String() != c.want || !strings.Contains(out.String(), "503 unavailable") {
				t.Errorf("%s, %v; want %s\n%s", report, err, c.want, out.String())
			}
		})
	}
}
