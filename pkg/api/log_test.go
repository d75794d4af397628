package api

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/api/apitest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
	"users-organizations/pkg/telemetry/telemetrytest"
)

// calls has the text of each call of Write.
type calls []string

func (c *calls) Write(text []byte) (int, error) {
	*c = append(*c, string(text))
	return len(text), nil
}

func TestARequestIsLoggedInOneWrite(t *testing.T) {
	t.Parallel()
	var written calls
	h := newTestHandler(t, &written, accept)
	for n := 1; n <= 3; n++ {
		apitest.Invoke(t, h, sampleevents.JSON("register"))
		if len(written) != n {
			t.Fatalf("%d calls after %d requests: %q", len(written), n, written)
		}
		last := written[n-1]
		if strings.Count(last, "\n") != 2 || !strings.HasPrefix(last, `{"timestamp":`) || !strings.Contains(last, "\n{\"FunctionName\":") {
			t.Errorf("wrote %q, want the log line and the metrics", last)
		}
	}
}

func TestLogLineAndMetrics(t *testing.T) {
	t.Parallel()
	clock := apitest.SampleTime
	var out telemetrytest.Output
	h := newTestHandler(t, &out, func(ctx context.Context, r *Request) (Response, error) {
		clock = clock.Add(2 * time.Millisecond)
		defer r.TimeStore()()
		clock = clock.Add(7 * time.Millisecond)
		return accept(ctx, r)
	})
	h.now = func() time.Time { return clock }
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-2-3") //nolint:revive,staticcheck // aws-lambda-go's key
	if _, err := h.Invoke(ctx, sampleevents.JSON("register")); err != nil {
		t.Fatal(err)
	}
	log, metrics, _ := strings.Cut(out.String(), "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(log), &line); err != nil {
		t.Fatal(err)
	}
	delete(line, "timestamp")
	want := map[string]any{
		"level": "INFO", "message": "request", "requestId": "0d7f2b1c-6a57-4c1b-9a43-5d0c4f7f1a01", "traceId": "Root=1-2-3",
		"operation": "registerUserOrganization", "status": 201., "outcome": "created", "durationMs": 9.,
		"caller": "1234567890", "userId": "1", "organizationId": "1",
	}
	if !maps.Equal(line, want) {
		t.Errorf("logged %v\nwant %v", line, want)
	}
	const counted = `{"FunctionName":"register","Operation":"registerUserOrganization","Successes":1,"StoreLatency":7,`
	if !strings.HasPrefix(metrics, counted) {
		t.Errorf("counted %s, want %s", metrics, counted)
	}
}

func TestTheLogCutsLongTextsOfThePath(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("hunter2", 100)
	for _, path := range []string{"/users/register/" + text + "/organizations/1", "/users/register/1/organizations/" + text} {
		var logs telemetrytest.Output
		apitest.Invoke(t, newTestHandler(t, &logs, accept), edit(t, func(e *events.APIGatewayProxyRequest) {
			e.Path = "/users-organizations/v1/bo" + path
		}))
		if !strings.Contains(logs.String(), "hunter2") || strings.Contains(logs.String(), text) {
			t.Errorf("the log has all or nothing of %s: %s", path, logs.String())
		}
	}
	longest := strconv.FormatInt(membership.MinInteger, 10)
	if clip(longest) != longest {
		t.Errorf("the longest id became %q", clip(longest))
	}
}

func TestMetricsOfEachOutcome(t *testing.T) {
	t.Parallel()
	refusal := func(code problem.Code) Operation { return fail(&problem.Error{Code: code}) }
	for name, c := range map[string]struct {
		do   Operation
		want string
	}{
		"a success":    {accept, `,"Successes":1,"_aws"`},
		"a replay":     {func(context.Context, *Request) (Response, error) { return Response{Status: 201, Replayed: true}, nil }, `,"Replays":1,"_aws"`},
		"a conflict":   {refusal(problem.MembershipExists), `,"Conflicts":1,"_aws"`},
		"a reused key": {refusal(problem.IdempotencyKeyReused), `,"Conflicts":1,"_aws"`},
		"invalid":      {fail(membership.MalformedBody("x")), `,"InvalidRequests":1,"_aws"`},
		"too large":    {refusal(problem.PayloadTooLarge), `,"InvalidRequests":1,"_aws"`},
		"a media type": {refusal(problem.UnsupportedMediaType), `,"InvalidRequests":1,"_aws"`},
		"unavailable":  {fail(membership.ErrUnavailable), `,"Unavailable":1,"_aws"`},
		"not a caller": {refusal(problem.Unauthorized), ""},
		"a failure":    {refusal(problem.InternalError), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logs telemetrytest.Output
			apitest.Invoke(t, newTestHandler(t, &logs, c.do), sampleevents.JSON("register"))
			_, metrics, _ := strings.Cut(logs.String(), "\n")
			if c.want == "" && metrics != "" || !strings.Contains(metrics, c.want) {
				t.Errorf("counted %q, want %q", metrics, c.want)
			}
		})
	}
}
