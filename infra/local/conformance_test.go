package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"users-organizations/infra/conformance"
)

// conformanceOf runs every case of the contract against an address of s.
func (s *system) conformanceOf(t *testing.T, address string) (conformance.Report, string) {
	t.Helper()
	var out strings.Builder
	report, err := conformance.Run(t.Context(), s.target(t, address), &out)
	if err != nil {
		t.Fatal(err)
	}
	return report, out.String()
}

// target is an address of s with tokens of every kind.
func (s *system) target(t *testing.T, address string) conformance.Target {
	t.Helper()
	caller := func(arguments ...string) conformance.Caller {
		tokens := s.tokens(t, arguments...)
		return conformance.Caller{
			Bearer:  strings.TrimPrefix(tokens["authorization"], "Bearer "),
			Session: tokens["x-session-token"],
		}
	}
	return conformance.Target{
		URL: address, Caller: caller(), Other: caller("-user", "2"), Reader: caller("-scope", "users-organizations:read"),
		Unscoped: caller("-scope", ""), Expired: caller("-ttl", "-2m"),
	}
}

// TestARelease: the smoke test waits until the release responds, passes, and stores
// nothing.
func TestARelease(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	upstream, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32 // two for the check that it responds, one for each case
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: upstream.Host})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	var out strings.Builder
	report, err := conformance.Smoke(t.Context(), s.target(t, server.URL+upstream.Path), time.Hour, &out)
	if err != nil || report.String() != "7 as expected, 0 differ, 0 not run." || calls.Load() != 9 {
		t.Errorf("%+v, %v, %d calls\n%s", report, err, calls.Load(), out.String())
	}
	if stored := s.count(t); stored != 0 {
		t.Errorf("%d memberships were stored", stored)
	}
}

func TestTheSystemConforms(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	report, table := s.conformanceOf(t, s.URL)
	if len(report.Differ) != 0 || report.NotRun != 0 || report.Passed < 70 {
		t.Errorf("%+v\n%s", report, table)
	}
	if want := fmt.Sprintf("Memberships that stay: %d,", s.count(t)); !strings.Contains(table, want) {
		t.Errorf("%q is not in the table:\n%s", want, table)
	}
}

// TestOneDeviationIsFound: a proxy in front of the system changes one thing, and
// exactly the cases that see it differ.
func TestOneDeviationIsFound(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	upstream, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	conflicts := []string{"20 times at once", "again", "again under another key", "again under the same X-Amzn-RequestId", "again with another scope", "the same key of another caller"}
	readers := []string{"a bearer token without a scope", "a reader changes", "a reader reads a history", "a reader registers", "a reader removes", "a reader restores"}
	histories := []string{"a history", "a history in pages"}
	histories4 := append(slices.Clone(histories), "the cursor of a history, for a list", "the cursor of another history") // those with the fourth entry
	mismatches := []string{"a change that another caller repeats", "a change with the ETag of a 412", "a removal of an older state", "a restoration of an older state", "another change of the same state"}
	replays := []string{"again under the same key", "again under the same key, written otherwise", "again under the same key, written quoted"}
	const bound = "9007199254740991" // in only one membership
	noTokens := func(r *http.Response) bool {
		return r.StatusCode == 401 && len(r.Request.Header["Authorization"])+len(r.Request.Header["X-Session-Token"]) == 0
	}
	for name, c := range map[string]struct {
		spoil func(r *http.Response, body string) string
		want  []string
	}{
		"nothing, but proxies add headers": {func(r *http.Response, body string) string {
			for _, name := range []string{"Via", "Server", "Strict-Transport-Security", "X-Cache", "X-Amz-Cf-Id", "X-Amzn-Waf-Action"} {
				r.Header.Set(name, "a")
			}
			return body
		}, nil},
		"the seven fields in another order": {func(_ *http.Response, body string) string {
			return strings.Replace(body, `"read":[],"manage":[`+bound+`]`, `"manage":[`+bound+`],"read":[]`, 1)
		}, []string{"the members of the organization", "values at their bounds"}},
		"other permissions than asked for": {func(_ *http.Response, body string) string {
			return strings.Replace(body, `"manage":[`+bound+`]`, `"manage":[777]`, 1)
		}, []string{"values at their bounds"}},
		"the year is 1970": {func(_ *http.Response, body string) string {
			if !strings.Contains(body, bound) {
				return body
			}
			return regexp.MustCompile(`"\d{4}-`).ReplaceAllString(body, `"1970-`)
		}, []string{"the members of the organization", "values at their bounds"}},
		"a conflict with another membership": {func(_ *http.Response, body string) string {
			return regexp.MustCompile(`"existing":{"userId":\d+`).ReplaceAllString(body, `"existing":{"userId":7`)
		}, slices.Concat(conflicts, mismatches)},
		"a conflict with other permissions": {func(_ *http.Response, body string) string {
			if strings.Contains(body, `"existing"`) {
				body = strings.Replace(body, `"manage":[1,2]`, `"manage":[777]`, 1)
			}
			return body
		}, slices.Concat(conflicts, []string{"a removal of an older state", "a restoration of an older state"})},
		"a conflict with a membership that was deleted": {func(_ *http.Response, body string) string {
			if strings.Contains(body, `"existing"`) {
				body = strings.Replace(body, `"deletedAt":null`, `"deletedAt":"2024-12-15T10:00:00.000Z"`, 1)
			}
			return body
		}, slices.Concat(conflicts, mismatches)},
		"a replay of another membership": {func(r *http.Response, body string) string {
			if r.Header.Get("Idempotency-Replayed") == "true" {
				body = strings.Replace(body, `"scope":1`, `"scope":2`, 1)
			}
			return body
		}, replays},
		"401 without WWW-Authenticate": {func(r *http.Response, body string) string {
			if noTokens(r) {
				r.Header.Del("WWW-Authenticate")
			}
			return body
		}, []string{"a membership without tokens", "no token at all"}},
		"401 that says why": {func(r *http.Response, body string) string {
			if noTokens(r) {
				body = regexp.MustCompile(`"detail":"[^"]*"`).ReplaceAllString(body, `"detail":"the signature is invalid"`)
			}
			return body
		}, []string{"a membership without tokens", "no token at all"}},
		"two ids in one response": {func(r *http.Response, body string) string {
			if r.StatusCode == 403 {
				r.Header.Set("X-Request-Id", "another")
			}
			return body
		}, readers},
		"one id in two responses": {func(r *http.Response, body string) string {
			if r.StatusCode == 413 {
				body = strings.Replace(body, r.Header.Get("X-Request-Id"), "always", 1)
				r.Header.Set("X-Request-Id", "always")
			}
			return body
		}, []string{"413 comes before 400", "a change of 65,537 bytes"}}, // the second and the third
		"identical is always true": {func(_ *http.Response, body string) string {
			return strings.Replace(body, `"identical":false`, `"identical":true`, 1)
		}, []string{"again with another scope"}},
		"a replay is not marked": {func(r *http.Response, body string) string {
			r.Header.Del("Idempotency-Replayed")
			return body
		}, slices.Concat(replays, []string{"a change that is repeated"})},
		"a page without its last row": {func(_ *http.Response, body string) string {
			if i := strings.LastIndex(body, `,{"userId"`); i > 0 && strings.Contains(body, `"pagination"`) {
				_, rest, _ := strings.Cut(body, `],"totalCount"`)
				body = body[:i] + `],"totalCount"` + rest
			}
			return body
		}, []string{"a list in two pages", "a user of three organizations", "the list shows what get shows", "the members of the organization"}},
		"a page without a Link": {func(r *http.Response, body string) string {
			r.Header.Del("Link")
			return body
		}, []string{"a history in pages", "a list in two pages", "a list that is counted", "the cursor of a history, for a list", "the cursor of another history",
			"the cursor of another user", "the cursor of other filters", "the members of the organization"}},
		"an ETag that changes": {func(r *http.Response, body string) string {
			if r.Request.Method == http.MethodGet && r.Header.Get("ETag") != "" {
				r.Header.Set("ETag", `"0123456789abcdef0123456789abcdef"`)
			}
			return body
		}, []string{"a change", "a membership", "a membership, deleted or not", "a registration of what was removed", "a removal", "a restoration", "a reader gets", "the list shows what get shows"}},
		"a removed membership that is shown": {func(_ *http.Response, body string) string {
			return strings.Replace(body, `"deletedAt":"`, `"deletedAt":null,"was":"`, 1)
		}, slices.Concat(histories4, []string{
			"a change of what was removed", "a registration of what was removed", "a removal", "a removal of any state",
			"a removal that is repeated", "a restoration", "the members of the organization",
		})},
		"an entry under another's number": {func(_ *http.Response, body string) string {
			return strings.Replace(body, `"sequence":2`, `"sequence":5`, 1)
		}, histories},
		"an entry of another time": {func(_ *http.Response, body string) string {
			return strings.Replace(body, `"type":"removed","at":"2`, `"type":"removed","at":"3`, 1)
		}, histories},
		"an entry that shows another membership": {func(_ *http.Response, body string) string {
			return regexp.MustCompile(`"after":{"userId":\d+`).ReplaceAllString(body, `"after":{"userId":7`)
		}, histories4},
		"an entry without a caller": {func(_ *http.Response, body string) string {
			return regexp.MustCompile(`"by":"\d+"`).ReplaceAllString(body, `"by":null`)
		}, histories4},
		"an entry with an unknown request id": {func(_ *http.Response, body string) string {
			return regexp.MustCompile(`("by":"\d+","requestId":")`).ReplaceAllString(body, `${1}x`)
		}, histories4},
		"registered with a before": {func(_ *http.Response, body string) string {
			return regexp.MustCompile(`("sequence":1,[^{}]*"before":)null(,"after":)({[^{}]*{[^{}]*}[^{}]*})`).ReplaceAllString(body, `${1}${3}${2}${3}`)
		}, histories},
		"403 without a problem": {func(r *http.Response, body string) string {
			if r.StatusCode == 403 {
				return `{"message":"Forbidden"}`
			}
			return body
		}, readers},
		"an unknown path is 403": {func(r *http.Response, body string) string {
			if strings.Contains(body, ":problem:not-found") {
				r.StatusCode = 403
			}
			return body
		}, []string{"a trailing slash", "a history with a trailing slash", "a list with a trailing slash", "an empty segment", "another method", "another method, without tokens", "another path", "another path, without tokens",
			"the user register of a list", "the user register of a membership", "the user restore of a change", "the user restore of a list"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := &httputil.ReverseProxy{
				Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: upstream.Host}) },
				ModifyResponse: func(r *http.Response) error {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						return err
					}
					spoiled := c.spoil(r, string(body))
					r.Body = io.NopCloser(bytes.NewReader([]byte(spoiled)))
					r.Header.Set("Content-Length", strconv.Itoa(len(spoiled)))
					return nil
				},
			}
			server := httptest.NewServer(proxy)
			t.Cleanup(server.Close)
			report, table := s.conformanceOf(t, server.URL+upstream.Path)
			var got []string
			for _, d := range report.Differ {
				got = append(got, d.Case)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("the cases that notice it are %q, want %q; a new case that notices it belongs in this list\n%s", got, c.want, table)
			}
		})
	}
}
