// Package apitest sends a function its sample events, and checks each response and
// log line.
package apitest

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/openapi"
	"users-organizations/pkg/telemetry/telemetrytest"
)

var update = flag.Bool("update", false, "write the responses to the sample events to testdata")

// SampleTime is when the sample events were sent.
var SampleTime = time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)

// Now is a clock that always shows SampleTime.
func Now() time.Time { return SampleTime }

// Marks returns a source of marks and revisions that counts from 1.
func Marks() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("%032x", n.Add(1)) }
}

// Getenv returns the environment of a function, by variable.
func Getenv(function string) func(string) string {
	return func(name string) string {
		return map[string]string{"AWS_LAMBDA_LOG_LEVEL": "DEBUG", "AWS_LAMBDA_FUNCTION_NAME": function}[name]
	}
}

// Sample is the expected status of a sample event; testdata has the whole response.
type Sample struct {
	Status int
	// Before are the samples to send first.
	Before []string
}

// Handler makes a handler that has its own store and logs to out.
type Handler func(t *testing.T, out io.Writer) lambda.Handler

// Run sends a function each of its samples, and compares the response. samples must
// have all sample events of the function's operations, and testdata a response for
// these alone.
func Run(t *testing.T, function string, handler Handler, samples map[string]Sample) {
	t.Helper()
	handler(t, io.Discard) // if it does not start, that is one error and not one for each sample
	unlisted := map[string]string{}
	files, err := filepath.Glob("testdata/*.http")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		unlisted[strings.TrimSuffix(filepath.Base(file), ".http")] = file + " is the response to no listed sample: remove it"
	}
	for _, o := range openapi.Operations() {
		for _, name := range sampleevents.Of(o) {
			if o.Function == function {
				unlisted[name] = "the sample event " + name + " has no status: list it in TestSampleEvents of functions/" + function
			}
		}
	}
	for name := range samples {
		delete(unlisted, name)
	}
	for _, name := range slices.Sorted(maps.Keys(unlisted)) {
		t.Error(unlisted[name])
	}
	for name, sample := range samples {
		if !slices.Contains(sampleevents.Names(), name) {
			t.Errorf("TestSampleEvents lists %s, which events/samples.go does not have", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logs telemetrytest.Output
			h := handler(t, &logs)
			for _, earlier := range sample.Before {
				Invoke(t, h, sampleevents.JSON(earlier))
			}
			response := Invoke(t, h, sampleevents.JSON(name))
			if response.StatusCode != sample.Status {
				t.Errorf("status %d, want %d", response.StatusCode, sample.Status)
			}
			compare(t, name, response)
			CheckLogs(t, logs.String())
		})
	}
}

// FirstSamples returns the first sample of each operation of a function.
func FirstSamples(function string) []string {
	var names []string
	for _, o := range openapi.Operations() {
		if all := sampleevents.Of(o); o.Function == function && len(all) > 0 {
			names = append(names, all[0])
		}
	}
	return names
}

// Unavailable checks that a function responds to each sample event with 503 and
// detail. The store of handler must be unavailable.
func Unavailable(t *testing.T, handler Handler, detail string, samples ...string) {
	t.Helper()
	if len(samples) == 0 {
		t.Fatal("no sample is sent")
	}
	for _, name := range samples {
		var logs telemetrytest.Output
		response := Invoke(t, handler(t, &logs), sampleevents.JSON(name))
		if response.StatusCode != http.StatusServiceUnavailable || response.Headers["Retry-After"] != "1" ||
			!strings.Contains(response.Body, `"detail":"`+detail+`"`) {
			t.Errorf("%s: %d %v %s", name, response.StatusCode, response.Headers, response.Body)
		}
		CheckLogs(t, logs.String())
	}
}

// Configuration checks the variables of a function: required ones, those of every
// function behind a route, and those of its log. invalid names a sample event that
// the function refuses with 400 and without its store.
func Configuration(
	t *testing.T, wire func(context.Context, func(string) string, io.Writer) (lambda.Handler, error),
	required map[string]string, invalid string,
) {
	t.Helper()
	dynamoDB := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(dynamoDB.Close)
	all := map[string]string{"AWS_REGION": "eu-west-3", "TABLE_NAME": "memberships", "AWS_ENDPOINT_URL_DYNAMODB": dynamoDB.URL}
	maps.Copy(all, required)
	if _, err := wire(t.Context(), func(name string) string { return all[name] }, io.Discard); err != nil {
		t.Fatalf("starting with every variable: %v", err)
	}
	type change struct{ name, value, want string }
	changes := []change{
		{"CORS_ALLOWED_ORIGIN", "http://office.example.com", "CORS_ALLOWED_ORIGIN must be one origin"},
		{"AUTH_SCOPE_PREFIX", "a b", "AUTH_SCOPE_PREFIX must be"},
		{"AWS_ENDPOINT_URL_DYNAMODB", "localhost:8000", "AWS_ENDPOINT_URL_DYNAMODB must be a URL"},
		{"AWS_ENDPOINT_URL_DYNAMODB", "ftp://127.0.0.1", "AWS_ENDPOINT_URL_DYNAMODB must be a URL"},
		{"AWS_ENDPOINT_URL_DYNAMODB", "http://[::1", "AWS_ENDPOINT_URL_DYNAMODB must be a URL"},
	}
	for name := range all {
		if name != "AWS_ENDPOINT_URL_DYNAMODB" {
			changes = append(changes, change{name, "", name + " is not set"})
		}
	}
	for _, c := range changes {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Parallel()
			env := maps.Clone(all)
			env[c.name] = c.value
			_, err := wire(t.Context(), func(name string) string { return env[name] }, io.Discard)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("starting: %v, want %q", err, c.want)
			}
		})
	}
	payload := Edit(t, invalid, func(e *events.APIGatewayProxyRequest) {
		e.RequestContext.Authorizer["expiresAt"] = strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	})
	for level, lines := range map[string]int{"": 1, "INFO": 1, "ERROR": 0} {
		t.Run("AWS_LAMBDA_LOG_LEVEL="+level, func(t *testing.T) {
			t.Parallel()
			env := maps.Clone(all)
			env["AWS_LAMBDA_LOG_LEVEL"], env["AWS_LAMBDA_FUNCTION_NAME"] = level, "the-name"
			var logs telemetrytest.Output
			h, err := wire(t.Context(), func(name string) string { return env[name] }, &logs)
			if err != nil {
				t.Fatal(err)
			}
			Invoke(t, h, payload)
			// Alarms find the metrics of a function by its name.
			const counted = `"InvalidRequests":1,"_aws"`
			written := logs.String()
			if strings.Count(written, `"message":"request"`) != lines || !strings.Contains(written, `{"FunctionName":"the-name",`) || !strings.Contains(written, counted) {
				t.Errorf("wrote %s, want %d lines, and %s of the-name", written, lines, counted)
			}
		})
	}
}

// Invoke sends an event to a handler. It fails the test if Invoke returns an error.
func Invoke(t *testing.T, h lambda.Handler, payload []byte) events.APIGatewayProxyResponse {
	t.Helper()
	out, err := h.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatalf("Invoke: %v, want a response", err)
	}
	var response events.APIGatewayProxyResponse
	if err := json.Unmarshal(out, &response); err != nil {
		t.Fatal(err)
	}
	return response
}

// Edit decodes a sample event, changes it and encodes it again.
func Edit(t *testing.T, name string, change func(*events.APIGatewayProxyRequest)) []byte {
	t.Helper()
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(sampleevents.JSON(name), &e); err != nil {
		t.Fatal(err)
	}
	change(&e)
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// compare compares a response with testdata byte by byte.
func compare(t *testing.T, name string, response events.APIGatewayProxyResponse) {
	t.Helper()
	var got strings.Builder
	fmt.Fprintf(&got, "HTTP %d\n", response.StatusCode)
	for _, header := range slices.Sorted(maps.Keys(response.Headers)) {
		fmt.Fprintf(&got, "%s: %s\n", header, response.Headers[header])
	}
	fmt.Fprintf(&got, "\n%s\n", response.Body)

	file := filepath.Join("testdata", name+".http")
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file) //nolint:gosec // a file of the function's testdata
	if err != nil || got.String() != string(want) {
		t.Errorf("%s has another response: after an intended change, run this package's tests with -update\ngot\n%s\nwant\n%s",
			file, got.String(), want)
	}
}

// CheckLogs checks that every line is JSON, that the line of a request has what
// operators search for, and that no line has a secret of the sample events.
func CheckLogs(t *testing.T, logs string) {
	t.Helper()
	for _, secret := range []string{"<bearer token>", "<session token>", "<another one>", "permissions"} {
		if strings.Contains(logs, secret) {
			t.Errorf("%q is in the log:\n%s", secret, logs)
		}
	}
	requests := 0
	for line := range strings.Lines(logs) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("a line is not JSON: %s", line)
		}
		if fields["message"] != "request" {
			continue
		}
		requests++
		for _, name := range []string{"requestId", "level", "outcome", "durationMs", "operation", "status"} {
			if fields[name] == nil || fields[name] == "" {
				t.Errorf("the request's line has no %s: %s", name, line)
			}
		}
	}
	if requests == 0 {
		t.Errorf("no request was logged: %s", logs)
	}
}
