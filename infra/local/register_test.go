package main_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/infra/local/localtest"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/notes"
)

func TestThePrintedCurlWorks(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	notes.Add(t, "end to end (infra/local): embedded engine, %s", s.Engine)
	s.output.wait(t, "\n'\n")
	_, printed, found := strings.Cut(s.output.String(), "\ncurl ")
	options, _, ended := strings.Cut(printed, "\n'\n")
	if !found || !ended {
		t.Fatalf("no curl is printed:\n%s", s.output)
	}
	curl := "curl " + options + "\n'"

	body, status := paste(t, curl)
	if status != "201" {
		t.Fatalf("the first time it gets %s %s", status, body)
	}
	var created struct{ Data json.RawMessage }
	if err := json.Unmarshal([]byte(body), &created); err != nil {
		t.Fatal(err)
	}
	var names []string
	for decoder := json.NewDecoder(strings.NewReader(body)); ; {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if name, ok := token.(string); ok {
			names = append(names, name)
		}
	}
	want := []string{"data", "userId", "organizationId", "scope", "permissions", "group", "read", "manage", "deletedAt", "updatedAt", "createdAt"}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "Z") })
	if !slices.Equal(names, want) {
		t.Errorf("the response has the members %v, want %v", names, want)
	}

	body, status = paste(t, curl)
	var conflict struct {
		Existing  json.RawMessage
		Identical bool
	}
	if err := json.Unmarshal([]byte(body), &conflict); err != nil {
		t.Fatal(err)
	}
	if status != "409" || !conflict.Identical || string(conflict.Existing) != string(created.Data) {
		t.Errorf("the second time it gets %s %s", status, body)
	}
}

// paste runs a curl in a shell and gives the response's body and status.
func paste(t *testing.T, curl string) (body, status string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", curl+` --silent --write-out '\n%{http_code}'`).Output() //nolint:gosec // What the system printed.
	if err != nil {
		t.Fatal(err)
	}
	body, status, _ = strings.Cut(string(out), "\n")
	return body, status
}

func TestEachStatus(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	good := s.register(t, "7/1")
	if a := s.send(t, good); a.status != 201 {
		t.Fatalf("a registration gets %d %s", a.status, a.body)
	}
	keyed := s.register(t, "7/2").with(map[string]string{"Idempotency-Key": "one"})
	if a := s.send(t, keyed); a.status != 201 {
		t.Fatalf("a registration with a key gets %d %s", a.status, a.body)
	}
	s.put(t, map[string]types.AttributeValue{"userId": number("7"), "organizationId": number("3"), "scope": text("one")})

	for name, test := range map[string]struct {
		request request
		status  int
		code    string
		header  map[string]string
	}{
		"malformed ids and body": {request: request{good.method, registration.PathOf("01", "1.0"), "[]", good.header}, status: 400, code: "invalid-request"},
		"an encoded id":          {request: request{good.method, registration.PathOf("%37", 1), order, good.header}, status: 400, code: "invalid-request"},
		"a body that is cut off": {request: request{good.method, good.path, order[:20], good.header}, status: 400, code: "invalid-request"},
		"no bearer token":        {request: good.with(map[string]string{"Authorization": ""}), status: 401, code: "unauthorized", header: map[string]string{"Www-Authenticate": "Bearer"}},
		"no session token":       {request: good.with(map[string]string{"X-Session-Token": ""}), status: 401, code: "unauthorized"},
		"an expired token":       {request: good.with(s.tokens(t, "-ttl", "-2m")), status: 401, code: "unauthorized"},
		"tokens of two users":    {request: good.with(map[string]string{"Authorization": s.tokens(t, "-user", "2")["authorization"]}), status: 401, code: "unauthorized"},
		"a doubled token": {request: func() request {
			r := good.with(nil)
			r.header.Add("Authorization", good.header.Get("Authorization"))
			return r
		}(), status: 401, code: "unauthorized"},
		"tokens without the scope":   {request: good.with(s.tokens(t, "-scope", "users-organizations:read")), status: 403, code: "forbidden"},
		"tokens with an empty scope": {request: good.with(s.tokens(t, "-scope", "")), status: 403, code: "forbidden"},
		"another path":               {request: request{good.method, path.Dir(good.path), order, good.header}, status: 404, code: "not-found"},
		"another method":             {request: request{"GET", good.path, "", nil}, status: 404, code: "not-found"},
		"an empty id":                {request: request{good.method, registration.PathOf("", 1), order, good.header}, status: 404, code: "not-found"},
		"a membership that exists":   {request: good, status: 409, code: "membership-exists"},
		"over 64 KiB":                {request: request{good.method, good.path, order + strings.Repeat(" ", 65537-len(order)), good.header}, status: 413, code: "payload-too-large"},
		"over 6 MB":                  {request: request{good.method, good.path, strings.Repeat(" ", 7<<20), good.header}, status: 413, code: "payload-too-large"},
		"over 10 MB":                 {request: request{good.method, good.path, strings.Repeat(" ", 11<<20), good.header}, status: 413, code: "payload-too-large"},
		"no media type":              {request: good.with(map[string]string{"Content-Type": ""}), status: 415, code: "unsupported-media-type", header: map[string]string{"Accept": "application/json"}},
		"a key of another request":   {request: request{keyed.method, keyed.path, strings.Replace(order, "1", "2", 1), keyed.header}, status: 422, code: "idempotency-key-reused"},
		"an item in another form":    {request: s.register(t, "7/3"), status: 500, code: "internal-error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.send(t, test.request)
			p := a.problem(t)
			if a.status != test.status || p["type"] != "urn:users-organizations:problem:"+test.code || p["status"] != float64(test.status) {
				t.Errorf("responded %d %s, want %d %s", a.status, a.body, test.status, test.code)
			}
			if id := a.header.Get("X-Request-Id"); id == "" || p["requestId"] != id || a.header.Get("X-Amzn-Requestid") != id {
				t.Errorf("the request id is %v in the body and %q in X-Request-Id", p["requestId"], id)
			}
			if got := a.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q", got)
			}
			for name, want := range test.header {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestTheStoreOutOfReachIs503(t *testing.T) {
	t.Parallel()
	db, err := engine.Start(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Stop)
	s := start(t, options{environment: []string{"DYNAMODB_ENDPOINT=" + db.Endpoint()}})
	if a := s.send(t, s.register(t, "1/1")); a.status != 201 {
		t.Fatalf("a registration gets %d %s", a.status, a.body)
	}
	db.Stop()
	a := s.send(t, s.register(t, "1/2"))
	if a.status != 503 || a.header.Get("Retry-After") != "1" || a.problem(t)["type"] != "urn:users-organizations:problem:unavailable" {
		t.Errorf("responded %d %s", a.status, a.body)
	}
}

func TestTheStoredItem(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	r := s.register(t, "-5/9007199254740991").with(map[string]string{"Idempotency-Key": `"once"`}).with(s.tokens(t, "-user", "42"))
	a := s.send(t, r)
	if a.status != 201 {
		t.Fatalf("responded %d %s", a.status, a.body)
	}
	data, _ := a.object(t)["data"].(map[string]any)
	item := s.get(t, "-5", "9007199254740991")

	want := map[string]types.AttributeValue{
		"userId":         number("-5"),
		"organizationId": number("9007199254740991"),
		"scope":          number("1"),
		"permissions": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
			"group":  number("0"),
			"manage": &types.AttributeValueMemberL{Value: []types.AttributeValue{number("1"), number("2")}},
			"read":   &types.AttributeValueMemberL{Value: []types.AttributeValue{number("1"), number("2")}},
		}},
		"createdAt":      text(data["createdAt"]),
		"updatedAt":      text(data["createdAt"]),
		"registeredBy":   text("42"),
		"requestId":      text(a.header.Get("X-Amzn-Requestid")),
		"idempotencyKey": text("once"),
		// Made by the function: only their type is known.
		"mark":        item["mark"],
		"requestHash": item["requestHash"],
	}
	if len(item) != len(want) {
		t.Errorf("the item has the attributes %v, want %v", slices.Sorted(maps.Keys(item)), slices.Sorted(maps.Keys(want)))
	}
	for name := range want {
		if got, want := encoded(t, item[name]), encoded(t, want[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{"mark", "requestHash"} {
		if s, ok := item[name].(*types.AttributeValueMemberS); !ok || s.Value == "" {
			t.Errorf("%s is %v, want a text", name, item[name])
		}
	}
}

func TestAHundredAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, options{arguments: []string{"-concurrency", "100"}})
	r := s.register(t, "1/1")
	var mu sync.Mutex
	count := map[int]int{}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			a := s.send(t, r)
			mu.Lock()
			defer mu.Unlock()
			count[a.status]++
		})
	}
	wg.Wait()
	if want := map[int]int{201: 1, 409: 99}; !maps.Equal(count, want) {
		t.Errorf("the statuses are %v, want %v", count, want)
	}
}

func TestAReplayIsTheFirstResponseByteForByte(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	r := s.register(t, "1/1").with(map[string]string{"Idempotency-Key": "once"})
	first := s.send(t, r)
	if first.status != 201 || first.header.Get("Idempotency-Replayed") != "" {
		t.Fatalf("the first time it gets %d %v", first.status, first.header)
	}
	before := s.get(t, "1", "1")
	r.body = ` {"permissions":{"read":[1,2.0],"manage":[1e0,2],"group":-0},"scope":1.0}`
	again := s.send(t, r)
	if again.status != 201 || again.header.Get("Idempotency-Replayed") != "true" || again.body != first.body {
		t.Errorf("the replay is %d %v %s, want %s", again.status, again.header, again.body, first.body)
	}
	if after := s.get(t, "1", "1"); encoded(t, after) != encoded(t, before) {
		t.Errorf("the replay changed the item from %s to %s", encoded(t, before), encoded(t, after))
	}
}

func TestASoftDeletedMemberIsRegisteredAnew(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	keyed := s.register(t, "1/1").with(map[string]string{"Idempotency-Key": "once"})
	if a := s.send(t, keyed); a.status != 201 {
		t.Fatalf("responded %d %s", a.status, a.body)
	}
	const gone = "2024-12-15T10:00:00.000Z"
	if deleted, err := localtest.Delete(t.Context(), s.client(), 1, 1, gone); deleted == nil {
		t.Fatalf("nothing was deleted: %v", err)
	}

	late := s.send(t, keyed)
	existing, _ := late.problem(t)["existing"].(map[string]any)
	if late.status != 409 || existing["deletedAt"] != gone {
		t.Errorf("a late retry gets %d %s", late.status, late.body)
	}
	anew := s.send(t, keyed.with(map[string]string{"Idempotency-Key": ""}))
	data, _ := anew.object(t)["data"].(map[string]any)
	if anew.status != 201 || data["deletedAt"] != nil || data["createdAt"] != data["updatedAt"] {
		t.Errorf("registering anew gets %d %s", anew.status, anew.body)
	}
	if _, there := s.get(t, "1", "1")["deletedAt"]; there {
		t.Error("the new item is deleted")
	}
}

func (s *system) get(t *testing.T, user, organization string) map[string]types.AttributeValue {
	t.Helper()
	got, err := s.client().GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(s.Table),
		Key:       map[string]types.AttributeValue{"userId": number(user), "organizationId": number(organization)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return got.Item
}

func (s *system) put(t *testing.T, item map[string]types.AttributeValue) {
	t.Helper()
	if _, err := s.client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(s.Table), Item: item}); err != nil {
		t.Fatal(err)
	}
}

func number(value string) types.AttributeValue { return &types.AttributeValueMemberN{Value: value} }

func text(value any) types.AttributeValue {
	s, _ := value.(string)
	return &types.AttributeValueMemberS{Value: s}
}

// encoded makes attribute values comparable.
func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
