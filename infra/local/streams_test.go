package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"users-organizations/pkg/dynamo/engine"
)

// recorder declares one more function that reads the stream of the memberships
// table, and publishes an event for each batch.
const recorder = `
  StubFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: dist/stub/
      MemorySize: 256
      Timeout: 5
      Environment: {Variables: {AWS_ENDPOINT_URL_EVENTBRIDGE: ""}}
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt MembershipsTable.StreamArn
            StartingPosition: TRIM_HORIZON
            FunctionResponseTypes: [ReportBatchItemFailures]
`

// publish serves invocations. The first one fails.
const publish = `api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
test -e failed || { : >failed; exit 3; }
while id=$(curl -sf -o event -D - "$api/next" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: \([^[:space:]]*\).*/\1/p')
do
	subject=$(sed 's/.*"organizationId":{"N":"\([^"]*\)"}.*/organizations\/\1/' event)
	curl -s -H 'X-Amz-Target: AWSEvents.PutEvents' -d '{"Entries":[{"Source":"stub","DetailType":"recorded","Detail":"{\"subject\":\"'$subject'\",\"sequence\":\"1\"}"}]}' \
		"$AWS_ENDPOINT_URL_EVENTBRIDGE" >/dev/null
	curl -s -d '{"batchItemFailures":[]}' "$api/$id/response" >/dev/null
done`

// recorded gives the options of a system with the recorder.
func recorded(t *testing.T) options {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "\nResources:\n", "\nResources:"+recorder, 1)
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil { //nolint:gosec // A file of this test.
		t.Fatal(err)
	}
	binaries := copyFunctions(t)
	if err := os.Mkdir(filepath.Join(binaries, "stub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(binaries, "stub", "bootstrap"), []byte("#!/bin/sh\n"+publish), 0o700); err != nil { //nolint:gosec // A program.
		t.Fatal(err)
	}
	return options{data: t.TempDir(), binaries: binaries, arguments: []string{"-template", file}}
}

func TestAChangeReachesTheFunctionOfTheStream(t *testing.T) {
	t.Parallel()
	o := recorded(t)
	first := start(t, o)
	first.output.wait(t, "\n  Events    "+filepath.Join(o.data, "events.jsonl")+"\n")
	if a := first.send(t, first.register(t, "1/7")); a.status != 201 {
		t.Fatalf("responded %d %s", a.status, a.body)
	}
	first.output.wait(t, "Event: recorded organizations/7, sequence 1\n")
	first.process.Stop()

	second := start(t, o)
	if a := second.send(t, second.register(t, "1/8")); a.status != 201 {
		t.Fatalf("responded %d %s", a.status, a.body)
	}
	second.output.wait(t, "Event: recorded organizations/8, sequence 1\n")
	kept, err := os.ReadFile(filepath.Join(o.data, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for line := range strings.Lines(string(kept)) {
		var event struct {
			Source string
			Detail struct{ Subject string }
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("the line %q: %v", line, err)
		}
		if event.Source == "stub" {
			subjects = append(subjects, event.Detail.Subject)
		}
	}
	// An event comes again if the system was stopped before the function responded.
	if got := strings.Join(slices.Compact(subjects), " "); got != "organizations/7 organizations/8" {
		t.Errorf("the events are about %s, want one for each registration", got)
	}
}

// TestAServerWithoutStreams: the local system says so, and serves.
func TestAServerWithoutStreams(t *testing.T) {
	t.Parallel()
	e, err := engine.Start(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	target, err := url.Parse(e.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "StreamSpecification") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"ValidationException","message":"no streams here"}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)

	s := start(t, options{data: t.TempDir(), environment: []string{"DYNAMODB_ENDPOINT=" + server.URL}})
	s.output.wait(t, "RecordFunction gets no changes: the table memberships at "+server.URL+" has no stream: ")
	if a := s.send(t, s.register(t, "1/1")); a.status != 201 {
		t.Errorf("responded %d %s", a.status, a.body)
	}
}
