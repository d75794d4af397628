package gatewayresponses_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"users-organizations/infra/gatewayresponses"
	"users-organizations/pkg/problem"
)

var update = flag.Bool("update", false, "rewrite the responses in testdata")

// testdata has the response of each type, so that a review shows a change. The
// tests of pkg/openapi compare the contract with these files.
func TestResponsesAreAsReviewed(t *testing.T) {
	t.Parallel()
	const requestID = "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01"
	// A default keeps API Gateway's own status. This is one of several.
	statuses := map[string]int{"DEFAULT_4XX": 431, "DEFAULT_5XX": 501}
	files, err := filepath.Glob("testdata/*.http")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range gatewayresponses.All() {
		var want strings.Builder
		fmt.Fprintf(&want, "HTTP %d\n", cmp.Or(r.Status, statuses[r.Type]))
		for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
			fmt.Fprintf(&want, "%s: %s\n", name, r.Headers[name])
		}
		fmt.Fprintf(&want, "\n%s\n", r.Body)
		text := strings.ReplaceAll(want.String(), gatewayresponses.RequestID, requestID)

		file := filepath.Join("testdata", r.Type+".http")
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != text {
			t.Errorf("%s differs from the code, %v: run go test ./infra/gatewayresponses -update\n%s", file, err, text)
		}
		files = slices.DeleteFunc(files, func(name string) bool { return name == file })
	}
	for _, file := range files {
		t.Errorf("%s has no response type", file)
	}
}

// Most other variables can contain a caller's input.
func TestTheRequestIDIsTheOnlyVariable(t *testing.T) {
	t.Parallel()
	for _, r := range gatewayresponses.All() {
		if strings.Count(r.Body, "$") != 1 || !strings.Contains(r.Body, `"requestId":"$context.requestId"`) {
			t.Errorf("%s: the body has another variable than the request's id: %s", r.Type, r.Body)
		}
		for name, value := range r.Headers {
			if strings.Contains(value, "$") && (name != "X-Request-Id" || value != gatewayresponses.RequestID) {
				t.Errorf("%s: the header %s has a variable: %s", r.Type, name, value)
			}
		}
	}
}

func TestABodyHasTheStatusOfItsResponse(t *testing.T) {
	t.Parallel()
	for _, r := range gatewayresponses.All() {
		var p problem.Problem
		if err := json.Unmarshal([]byte(r.Body), &p); err != nil {
			t.Fatal(err)
		}
		if p.Status != r.Status || (r.Status == 0) != (p.Type == "about:blank") {
			t.Errorf("%s has the status %d and the problem %+v", r.Type, r.Status, p)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	if r, ok := gatewayresponses.Of("WAF_FILTERED"); !ok || r.Status != 429 || r.Headers["Retry-After"] != "300" {
		t.Errorf("WAF_FILTERED is %+v, %t", r, ok)
	}
	if r, ok := gatewayresponses.Of("EXPIRED_TOKEN"); ok {
		t.Errorf("EXPIRED_TOKEN is %+v, and the service has no such response", r)
	}
	if r := gatewayresponses.NotFound(); r.Status != 404 {
		t.Errorf("NotFound has the status %d", r.Status)
	}
}
