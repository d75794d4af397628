package openapitest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"users-organizations/pkg/openapi"
	"users-organizations/pkg/openapi/openapitest"
	"users-organizations/pkg/problem"
)

var register = openapi.Named("registerUserOrganization").PathOf(1, 1)

const created = `{"data":{"userId":1,"organizationId":1,"scope":1,"permissions":{"group":0,"read":[1,2],"manage":[1,2]},` +
	`"deletedAt":null,"updatedAt":"2024-12-09T14:23:00.000Z","createdAt":"2024-12-09T14:23:00.000Z"}}`

func TestConforms(t *testing.T) {
	t.Parallel()
	replace := func(old, text string) func(*openapitest.Response) {
		return func(a *openapitest.Response) {
			if !strings.Contains(string(a.Body), old) {
				t.Fatalf("%s is not in %s", old, a.Body)
			}
			a.Body = []byte(strings.Replace(string(a.Body), old, text, 1))
		}
	}
	header := func(name, value string) func(*openapitest.Response) {
		return func(a *openapitest.Response) {
			a.Header.Del(name)
			if value != "" {
				a.Header.Set(name, value)
			}
		}
	}
	problemOf := func(code problem.Code) func(*openapitest.Response) {
		return func(a *openapitest.Response) {
			p := problem.New(code, "r-1")
			a.Status, a.Header = p.Status, http.Header{}
			for name, value := range p.Headers() {
				a.Header.Set(name, value)
			}
			a.Body, _ = json.Marshal(p)
		}
	}
	then := func(changes ...func(*openapitest.Response)) func(*openapitest.Response) {
		return func(a *openapitest.Response) {
			for _, change := range changes {
				change(a)
			}
		}
	}
	to := func(method, path string) func(*openapitest.Response) {
		return func(a *openapitest.Response) { a.Method, a.Path = method, path }
	}
	status := func(n int) func(*openapitest.Response) { return func(a *openapitest.Response) { a.Status = n } }

	for name, c := range map[string]struct {
		change func(*openapitest.Response)
		// want is in the error; empty means that no error is expected.
		want string
	}{
		"created":                    {then(), ""},
		"behind a stage":             {to("POST", "/main"+register), ""},
		"with a query":               {to("POST", register+"?scope=2"), ""},
		"for an invalid id":          {then(to("POST", "/main"+openapi.Named("registerUserOrganization").PathOf("x", "%31")), problemOf(problem.InvalidRequest)), ""},
		"replayed":                   {header("Idempotency-Replayed", "true"), ""},
		"of the gateway's transport": {header("X-Amzn-RequestId", "r-1"), ""},
		"forbidden":                  {problemOf(problem.Forbidden), ""},
		"no route":                   {then(to("GET", "/main/nowhere"), problemOf(problem.NoSuchOperation)), ""},
		"another method":             {then(to("GET", register), problemOf(problem.NoSuchOperation)), ""},
		"an empty segment":           {then(to("POST", strings.Replace(register, "/1/", "//", 1)), problemOf(problem.NoSuchOperation)), ""},

		"a word in place of an id":    {then(to("GET", openapi.Named("listUserOrganizations").PathOf("register")), problemOf(problem.NoSuchOperation)), ""},
		"a word taken for an id":      {to("GET", openapi.Named("listUserOrganizations").PathOf("register")), "no operation"},
		"no route, another response":  {then(to("GET", "/main/nowhere"), problemOf(problem.Forbidden)), "no operation"},
		"a status not named":          {status(200), "200"},
		"a gateway status as ours":    {then(problemOf(problem.Forbidden), status(402)), "about:blank"},
		"another problem's status":    {then(problemOf(problem.Forbidden), status(401)), "401"},
		"another media type":          {header("Content-Type", "text/html"), "text/html"},
		"a problem as plain JSON":     {then(problemOf(problem.Forbidden), header("Content-Type", "application/json")), "application/json"},
		"no request id":               {header("X-Request-Id", ""), "X-Request-Id"},
		"cacheable":                   {header("Cache-Control", "max-age=1"), "no-store"},
		"no Retry-After":              {then(problemOf(problem.Unavailable), header("Retry-After", "")), "Retry-After"},
		"a date for Retry-After":      {then(problemOf(problem.Unavailable), header("Retry-After", "soon")), "integer"},
		"a header not named":          {header("X-Powered-By", "Go"), "X-Powered-By"},
		"a field not named":           {replace(`"scope":1`, `"scope":1,"role":"USER"`), "role"},
		"a field not named, deep":     {replace(`"group":0`, `"group":0,"audit":1`), "audit"},
		"a field missing":             {replace(`"deletedAt":null,`, ``), "deletedAt"},
		"a scope not named":           {replace(`"scope":1`, `"scope":3`), "scope"},
		"an integer as a string":      {replace(`"userId":1`, `"userId":"1"`), "integer"},
		"an integer out of range":     {replace(`"userId":1`, `"userId":9007199254740992`), "maximum"},
		"a time without milliseconds": {replace(`"updatedAt":"2024-12-09T14:23:00.000Z"`, `"updatedAt":"2024-12-09T14:23:00Z"`), "milliseconds"},
		"a day that does not exist":   {replace(`"updatedAt":"2024-12-09`, `"updatedAt":"2024-02-30`), "date-time"},
		"a name twice":                {replace(`"scope":1`, `"scope":1,"scope":1`), "duplicate"},
		"a media type's parameter":    {header("Content-Type", "application/json; charset=utf-8"), "charset"},
		"not JSON":                    {replace(`}}`, ``), "decoded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := openapitest.Response{Method: "POST", Path: register, Status: 201, Body: []byte(created), Header: http.Header{
				"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "X-Request-Id": {"r-1"},
			}}
			c.change(&a)
			err := a.Conforms()
			if c.want == "" && err != nil {
				t.Errorf("refused: %v", err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestConformsFromAfar(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header, value, body string
		// want is in the error; empty means that no error is expected.
		want string
	}{
		"with a proxy's header":  {"Via", "1.1 proxy", created, ""},
		"with one like ours":     {"X-Cache", "Miss", created, ""},
		"cacheable":              {"Cache-Control", "max-age=1", created, "no-store"},
		"a field not named":      {"Via", "1.1 proxy", strings.Replace(created, `"scope":1`, `"scope":1,"role":"USER"`, 1), "role"},
		"a field not named, top": {"Via", "1.1 proxy", strings.Replace(created, `{"data"`, `{"headers":{"a":1},"data"`, 1), "headers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := openapitest.Response{Method: "POST", Path: register, Status: 201, Body: []byte(c.body), Header: http.Header{
				"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "X-Request-Id": {"r-1"},
			}}
			a.Header.Set(c.header, c.value)
			if err := a.ConformsFromAfar(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}
