package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"users-organizations/infra/conformance"
)

// conformanceOf runs every case of the contract against an address of s.
func (s *system) conformanceOf(t *testing.T, address string) (conformance.Report, string) {
	t.Helper()
	caller := func(arguments ...string) conformance.Caller {
		tokens := s.tokens(t, arguments...)
		return conformance.Caller{
			Bearer:  strings.TrimPrefix(tokens["authorization"], "Bearer "),
			Session: tokens["x-session-token"],
		}
	}
	var out strings.Builder
	report, err := conformance.Run(t.Context(), conformance.Target{
		URL: address, Caller: caller(), Other: caller("-user", "2"),
		Unscoped: caller("-scope", ""), Expired: caller("-ttl", "-2m"),
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	return report, out.String()
}

func TestTheSystemConforms(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	report, table := s.conformanceOf(t, s.URL)
	if report.Differ != 0 || report.NotRun != 0 || report.Passed < 70 {
		t.Errorf("%+v\n%s", report, table)
	}
	if want := fmt.Sprintf("Memberships that stay: %d,", s.count(t)); !strings.Contains(table, want) {
		t.Errorf("%q is not in the table:\n%s", want, table)
	}
}

// TestOneWrongWordIsFound puts a proxy before the system that gets one thing
// wrong, and holds the cases that differ to the ones that see it.
func TestOneWrongWordIsFound(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	upstream, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(r *http.Response, body string) string
		want  []string
	}{
		"identical is always true": {func(_ *http.Response, body string) string {
			return strings.Replace(body, `"identical":false`, `"identical":true`, 1)
		}, []string{"again with another scope"}},
		"a replay is not marked": {func(r *http.Response, body string) string {
			r.Header.Del("Idempotency-Replayed")
			return body
		}, []string{"again under the same key", "again under the same key, written otherwise", "again under the same key, written quoted"}},
		"403 without a problem": {func(r *http.Response, body string) string {
			if r.StatusCode == 403 {
				return `{"message":"Forbidden"}`
			}
			return body
		}, []string{"a bearer token without the scope"}},
		"an unknown path is 403": {func(r *http.Response, body string) string {
			if r.StatusCode == 404 {
				r.StatusCode = 403
			}
			return body
		}, []string{"a slash behind", "an empty segment", "another method", "another method, without tokens", "another path", "another path, without tokens"}},
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
			for line := range strings.Lines(table) {
				if rest, differs := strings.CutPrefix(line, "DIFFERS"); differs {
					got = append(got, strings.SplitN(strings.TrimSpace(rest), "  ", 2)[0])
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) || report.Differ != len(c.want) {
				t.Errorf("%+v: %q differ, want %q\n%s", report, got, c.want, table)
			}
		})
	}
}
