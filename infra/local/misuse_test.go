package main_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// TestMisuse sends requests that no honest client sends. Each is refused as its name
// says, with few bytes, and stores nothing; the system goes on serving.
//
//nolint:tparallel // what follows the cases waits for them
func TestMisuse(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	good := s.register(t, "1/1")
	with := func(name, value string) request { return good.with(map[string]string{name: value}) }
	twice := func(name, value string) request {
		r := good.with(nil)
		r.header.Add(name, value)
		return r
	}
	sending := func(body string) request { return request{good.method, good.path, body, good.header} }
	at := func(path string) request { return request{good.method, path, order, good.header} }

	var mu sync.Mutex
	refused := map[string]string{} // name of the case by request id
	t.Run("cases", func(t *testing.T) {
		for name, c := range map[string]struct {
			request request
			status  int
			// detail is a part of the response's body.
			detail string
		}{
			"a body of one byte too many: 413":             {sending(order + strings.Repeat(" ", 65537-len(order))), 413, ""},
			"a body of 5 MB: 413":                          {sending(strings.Repeat("a", 5<<20)), 413, ""},
			"headers of 11 KB: 431":                        {with("X-Long", strings.Repeat("a", 11<<10)), 431, ""},
			"an Idempotency-Key of 9 KB: 400":              {with("Idempotency-Key", strings.Repeat("a", 9<<10)), 400, `"name":"Idempotency-Key","code":"out-of-range"`},
			"arrays 60,000 deep: 400":                      {sending(`{"scope":` + strings.Repeat("[", 60_000)), 400, `"malformed"`},
			"arrays 30,000 deep, all closed: 400":          {sending(`{"scope":` + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + `}`), 400, `"malformed"`},
			"arrays 9,000 deep, all closed: 400":           {sending(`{"scope":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + `}`), 400, `"pointer":"/scope","code":"wrong-type"`},
			"objects 9,000 deep: 400":                      {sending(strings.Repeat(`{"a":`, 9_000) + "1" + strings.Repeat("}", 9_000)), 400, `"pointer":"/a","code":"unknown-field"`},
			"a repeated name 5,000 deep: one pointer, 400": {sending(`{"scope":` + strings.Repeat(`{"a":`, 5_000) + `{"b":1,"b":1}` + strings.Repeat("}", 5_000) + `}`), 400, `"duplicate-field"`},
			"10,000 times the same name: 400, all counted": {sending(`{` + strings.Repeat(`"":0,`, 10_000) + order[1:]), 400, `"detail":"10000 problems were found in the request; the first 100 are listed."`},
			"7,000 unknown names: 400, all counted":        {sending(names(7_000)), 400, `"detail":"7002 problems were found in the request; the first 100 are listed."`},
			"2,000 values of a wrong type: 400":            {sending(fmt.Sprintf(`{"scope":1,"permissions":{"group":0,"manage":[%[1]s],"read":[%[1]s]}}`, many(`""`, 1000))), 400, `"detail":"2000 problems were found`},
			"arrays of 30,000 items: 400, not listed":      {sending(`{"scope":1,"permissions":{"group":0,"manage":[` + many("1", 30_000) + `],"read":[]}}`), 400, `"pointer":"/permissions/manage","code":"too-many-items"`},
			"a number of 60,000 digits: 400":               {sending(`{"scope":1` + strings.Repeat("0", 60_000) + `}`), 400, `"pointer":"/scope","code":"out-of-range"`},
			"a number with a huge exponent: 400":           {sending(`{"scope":1e999999999999999999999}`), 400, `"pointer":"/scope","code":"out-of-range"`},
			"a compressed body with its encoding: 415":     {request{good.method, good.path, compressed(order), with("Content-Encoding", "gzip").header}, 415, ""},
			"a compressed body without its encoding: 400":  {sending(compressed(order)), 400, `"malformed"`},
			"UTF-16: 400":                                   {sending("\xff\xfe{\x00}\x00"), 400, `"malformed"`},
			"two bodies in one: 400":                        {sending(order + order), 400, `"malformed"`},
			"a form: 415":                                   {with("Content-Type", "application/x-www-form-urlencoded"), 415, ""},
			"Content-Type twice: 415":                       {twice("Content-Type", "application/json"), 415, ""},
			"the bearer token twice: 401":                   {twice("Authorization", good.header.Get("Authorization")), 401, ""},
			"another bearer token first: 401":               {first(good, "Authorization", "Bearer none"), 401, ""},
			"the session token twice: 401":                  {twice("X-Session-Token", good.header.Get("X-Session-Token")), 401, ""},
			"both tokens in one header: 401":                {with("Authorization", good.header.Get("Authorization")+", "+good.header.Get("Authorization")), 401, ""},
			"Idempotency-Key twice: 400":                    {first(twice("Idempotency-Key", "a"), "Idempotency-Key", "b"), 400, `"name":"Idempotency-Key","code":"not-allowed"`},
			"another method in a header: it stays GET, 404": {request{"GET", good.path, "", with("X-Http-Method-Override", "POST").header}, 404, ""},
			"an id from the authorizer's context: 401":      {with("X-Session-Token", "").with(map[string]string{"Requestcontext": `{"authorizer":{"userId":"1"}}`}), 401, ""},
			"an encoded slash in an id: 400":                {at(registration.PathOf("1%2Forganizations%2F1", 1)), 400, `"name":"userId","code":"malformed"`},
			"dots as an id: 400":                            {at(registration.PathOf("..", "..")), 400, `"name":"userId","code":"malformed"`},
			"encoded dots: 400":                             {at(registration.PathOf("%2e%2e", 1)), 400, `"name":"userId","code":"malformed"`},
			"a zero byte: 400":                              {at(registration.PathOf("1%00", 1)), 400, `"name":"userId","code":"malformed"`},
			"an encoded digit: 400":                         {at(registration.PathOf("%31", 1)), 400, `"name":"userId","code":"malformed"`},
			"a plus sign: 400":                              {at(registration.PathOf("+1", 1)), 400, `"name":"userId","code":"malformed"`},
			"a digit of another script: 400":                {at(registration.PathOf("%D9%A1", 1)), 400, `"name":"userId","code":"malformed"`},
			"a parameter in a segment: 400":                 {at(registration.PathOf("1;a=b", 1)), 400, `"name":"userId","code":"malformed"`},
			"an id of 5,000 digits: 400":                    {at(registration.PathOf(strings.Repeat("9", 5_000), 1)), 400, `"name":"userId","code":"out-of-range"`},
			"dots that lead out of the route: 404":          {at(registration.PathOf(1, "1/../../2/organizations/1")), 404, ""},
			"a doubled slash: 404":                          {at(registration.PathOf("1/", 1)), 404, ""},
			"a doubled slash before the path: 404":          {at("/" + registration.PathOf(1, 1)), 404, ""},
			"a slash after the path: 404":                   {at(registration.PathOf(1, "1/")), 404, ""},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				a := s.sendRaw(t, c.request)
				if a.status != c.status || !strings.Contains(a.body, c.detail) {
					t.Errorf("responded %d %.300s, want %d and %s", a.status, a.body, c.status, c.detail)
				}
				id, _ := a.problem(t)["requestId"].(string)
				mu.Lock()
				refused[id] = name
				mu.Unlock()
				if len(a.body) > maxRefusal {
					t.Errorf("the response has %d bytes", len(a.body))
				}
			})
		}
	})

	if n := s.count(t); n != 0 {
		t.Errorf("%d memberships were stored", n)
	}
	if a := s.send(t, good); a.status != 201 {
		t.Errorf("an honest call afterwards gets %d %s", a.status, a.body)
	}
	s.process.Stop()
	printed := s.output.String()
	if strings.Contains(printed, "crashed") {
		t.Error("a function crashed")
	}
	for id, name := range refused {
		if !strings.Contains(printed, fmt.Sprintf(`"requestId":%q`, id)) {
			t.Errorf("%s: request %s is not in the log", name, id)
		}
	}
	// Before it is the printed curl, with tokens of its own.
	_, logged, _ := strings.Cut(printed, "--data")
	for _, header := range []string{"Authorization", "X-Session-Token"} {
		for part := range strings.SplitSeq(strings.TrimPrefix(good.header.Get(header), "Bearer "), ".") {
			if strings.Contains(logged, part) {
				t.Errorf("a part of %s is in the log", header)
			}
		}
	}
}

// maxRefusal is the most bytes of a refusal with short names: it lists 100
// violations. TestLongNames has the limit for long names.
const maxRefusal = 20 << 10

// TestLongNames causes the longest responses: pointers repeat the names of the body,
// with at most six bytes for one.
func TestLongNames(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	good := s.register(t, "1/1")
	for name, body := range map[string]string{
		"one name that has to be escaped":      `{"` + strings.Repeat("<", 65_000) + `":1}`,
		"one name that pointers escape":        `{"` + strings.Repeat("/", 65_000) + `":1}`,
		"100 names, each with a repeated name": `{` + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("<", 300)+`":{"`+strings.Repeat("<", 300)+`":1,"b":1,"b":1},`, 100), ",") + `}`,
	} {
		a := s.send(t, request{good.method, good.path, body, good.header})
		if a.status != 400 || len(a.body) > 7*len(body)+maxRefusal {
			t.Errorf("%s: %d bytes get %d with %d bytes", name, len(body), a.status, len(a.body))
		}
	}
}

// TestARequestThatIsNotHTTP gets a problem too, and a line in the log.
func TestARequestThatIsNotHTTP(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	a := s.exchange(t, "GET /%zz/ HTTP/1.1\r\nHost: a\r\n\r\n")
	id, _ := a.problem(t)["requestId"].(string)
	if a.status != 400 || id == "" {
		t.Errorf("responded %d %s", a.status, a.body)
	}
	s.output.wait(t, fmt.Sprintf(`"requestId":%q`, id))
}

// TestAnotherCallersKey: a caller sends another's key and body, and does not get the
// other's response replayed.
func TestAnotherCallersKey(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	first := s.register(t, "1/1").with(map[string]string{"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"})
	if a := s.send(t, first); a.status != 201 {
		t.Fatalf("responded %d %s", a.status, a.body)
	}
	if a := s.send(t, first); a.status != 201 || a.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("its own repetition gets %d %s", a.status, a.body)
	}
	other := first.with(s.tokens(t, "-user", "2"))
	if a := s.send(t, other); a.status != 409 || a.header.Get("Idempotency-Replayed") != "" || a.object(t)["identical"] != true {
		t.Errorf("another caller's gets %d %s", a.status, a.body)
	}
	if strings.Contains(s.output.String(), "8e03978e") {
		t.Error("the key is in the log")
	}
}

// TestADoubledTokenBehindACachedPolicy: the gateway has a policy for the last value,
// and does not ask the authorizer again.
func TestADoubledTokenBehindACachedPolicy(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	good := s.register(t, "1/1")
	if a := s.send(t, good); a.status != 201 {
		t.Fatalf("responded %d %s", a.status, a.body)
	}
	for _, header := range []string{"Authorization", "X-Session-Token"} {
		if a := s.sendRaw(t, first(good, header, "Bearer none")); a.status != 401 {
			t.Errorf("two of %s get %d %s", header, a.status, a.body)
		}
	}
}

// first is r with another value of a header before its own.
func first(r request, name, value string) request {
	r = r.with(nil)
	r.header[http.CanonicalHeaderKey(name)] = append([]string{value}, r.header.Values(name)...)
	return r
}

// names is an object with n different names.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%x":0`, i)
	}
	return "{" + b.String()[1:] + "}"
}

// many is a list of n items without its brackets.
func many(item string, n int) string {
	return strings.TrimSuffix(strings.Repeat(item+",", n), ",")
}

func compressed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// sendRaw writes the request byte for byte: an HTTP client would correct it. A path
// without a slash at its start is sent without the stage.
func (s *system) sendRaw(t *testing.T, r request) response {
	t.Helper()
	target := r.path
	if strings.HasPrefix(target, "/") {
		target = s.address(t).Path + target
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.method, target, s.address(t).Host, len(r.body))
	_ = r.header.Write(&text)
	return s.exchange(t, text.String()+"\r\n"+r.body).inContract(t, r)
}

// exchange sends text unchanged, and gives the response.
func (s *system) exchange(t *testing.T, text string) response {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address(t).Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() { _, _ = io.WriteString(conn, text) }() // The server may refuse it before all is written.
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	return read(t, got)
}

// address is the API's URL, with its stage.
func (s *system) address(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// count gives the number of stored memberships.
func (s *system) count(t *testing.T) int32 {
	t.Helper()
	out, err := s.client().Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(s.Table)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Count
}
