package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/pkg/history"
	"users-organizations/pkg/history/historytest"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/telemetry"
	"users-organizations/pkg/telemetry/telemetrytest"
)

var now = time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)

// image is an item of user 7 in the JSON of DynamoDB.
const image = `{"userId":{"N":"7"},"organizationId":{"N":"%[1]d"},"scope":{"N":"1"},` +
	`"permissions":{"M":{"group":{"N":"0"},"read":{"L":[]},"manage":{"L":[]}}},` +
	`"createdAt":{"S":"2024-12-09T14:22:58.000Z"},"updatedAt":{"S":"2024-12-09T14:22:58.000Z"},` +
	`"registeredBy":{"S":"ada"},"requestId":{"S":"r"},"mark":{"S":"0123456789abcdef0123456789abcdef"}}`

// registered is the record of a registration of user 7 in an organization.
func registered(organization int) string {
	return fmt.Sprintf(`{"eventID":"e%[1]d","eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":1733754179,"SequenceNumber":"%[1]d",`+
		`"Keys":{"userId":{"N":"7"},"organizationId":{"N":"%[1]d"}},"NewImage":`+image+`}}`, organization)
}

// old is the same record of ten seconds ago.
func old(organization int) string {
	return strings.Replace(registered(organization), "1733754179", "1733754170", 1)
}

// unreadable is a record of the same pair without an image.
func unreadable(organization int) string {
	return fmt.Sprintf(`{"eventID":"u%[1]d","eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":1733754179,"SequenceNumber":"%[1]d",`+
		`"Keys":{"userId":{"N":"7"},"organizationId":{"N":"%[1]d"}}}}`, organization)
}

func batchOf(records ...string) []byte {
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

// flaky is a log that is unavailable for some pairs.
type flaky struct {
	historytest.Memory
	down map[history.Pair]bool
}

func (f *flaky) Append(ctx context.Context, e history.Entry) error {
	if f.down[e.Pair] {
		return membership.ErrUnavailable
	}
	return f.Memory.Append(ctx, e)
}

// fakeBus accepts a number of events in each call.
type fakeBus struct {
	accepts   int
	published []string
	// deadline is that of the last call.
	deadline time.Time
}

func (b *fakeBus) publish(ctx context.Context, entries []history.Entry) (int, error) {
	b.deadline, _ = ctx.Deadline()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n := min(b.accepts, len(entries))
	for _, e := range entries[:n] {
		b.published = append(b.published, e.EventID)
	}
	if n < len(entries) {
		return n, errors.New("the bus refuses an event")
	}
	return n, nil
}

const all = 1_000

func TestBatches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		batch     []byte
		down      map[history.Pair]bool
		accepts   int
		failed    string
		published []string
		metrics   string
	}{
		"nothing": {
			batch: batchOf(), accepts: all,
			metrics: `"Entries":0,"Duplicates":0,"Gaps":0,"Foreign":0,"Unreadable":0,"PublishFailures":0,"_aws"`,
		},
		"two registrations": {
			batch: batchOf(registered(1), registered(2)), accepts: all,
			published: []string{"e1", "e2"}, metrics: `"Entries":2,"Duplicates":0,"Gaps":0,"Foreign":0,"Unreadable":0,"PublishFailures":0,"Lag":1000,`,
		},
		"a repeated record": {
			batch: batchOf(registered(1), registered(1)), accepts: all,
			published: []string{"e1", "e1"}, metrics: `"Entries":1,"Duplicates":1,`,
		},
		"two ages": {
			batch: batchOf(old(1), registered(2)), accepts: all, published: []string{"e1", "e2"}, metrics: `"Lag":10000,`,
		},
		"a repeated record that is old": {
			batch: batchOf(registered(1), old(1)), accepts: all,
			published: []string{"e1", "e1"}, metrics: `"Entries":1,"Duplicates":1,"Gaps":0,"Foreign":0,"Unreadable":0,"PublishFailures":0,"Lag":1000,`,
		},
		"invalid UTF-8, and duplicate names": {
			batch: batchOf(registered(1), `{"eventID":"s","dynamodb":{"SequenceNumber":"9"},"x":"\ud800"}`,
				`{"eventID":"u","dynamodb":{"SequenceNumber":"9"},"x":"`+"\xff"+`"}`, `{"eventID":"d","x":1,"x":2}`, registered(2)), accepts: all,
			published: []string{"e1", "s", "u", "d", "e2"}, metrics: `"Entries":5,"Duplicates":0,"Gaps":0,"Foreign":3,"Unreadable":3,`,
		},
		"a record that can't be read": {
			batch: batchOf(unreadable(1), registered(2), `{}`, registered(3)), accepts: all,
			published: []string{"u1", "e2", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "e3"},
			metrics:   `"Entries":4,"Duplicates":0,"Gaps":0,"Foreign":2,"Unreadable":2,"PublishFailures":0,"Lag":1000,`,
		},
		"a log that is unavailable": {
			batch: batchOf(registered(1), registered(2), registered(3)), accepts: all, down: map[history.Pair]bool{"7/2": true},
			failed: "2", published: []string{"e1"}, metrics: `"Entries":1,`,
		},
		"a bus that refuses one": {
			batch: batchOf(registered(1), registered(2), registered(3)), accepts: 1,
			failed: "2", published: []string{"e1"}, metrics: `"Entries":3,"Duplicates":0,"Gaps":0,"Foreign":0,"Unreadable":0,"PublishFailures":2,`,
		},
		"a bus that refuses all": {
			batch: batchOf(registered(1), registered(2)), accepts: 0, failed: "1", metrics: `"PublishFailures":2,`,
		},
		"both fail, the bus first": {
			batch: batchOf(registered(1), registered(2), registered(3)), accepts: 1, down: map[history.Pair]bool{"7/3": true},
			failed: "2", published: []string{"e1"}, metrics: `"PublishFailures":1,`,
		},
		"the largest batch": {
			batch: batchOf(slices.Repeat([]string{registered(1)}, 10_000)...), accepts: 100_000,
			published: slices.Repeat([]string{"e1"}, 10_000), metrics: `"Entries":1,"Duplicates":9999,`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bus := &fakeBus{accepts: test.accepts}
			var logs telemetrytest.Output
			h := newTestHandler(&flaky{down: test.down}, bus, &logs)
			out, err := h.Invoke(t.Context(), test.batch)
			if err != nil {
				t.Fatal(err)
			}
			var response events.DynamoDBEventResponse
			if err := json.Unmarshal(out, &response); err != nil || response.BatchItemFailures == nil {
				t.Fatalf("the response is %s (%v)", out, err)
			}
			var failed []events.DynamoDBBatchItemFailure
			if test.failed != "" {
				failed = []events.DynamoDBBatchItemFailure{{ItemIdentifier: test.failed}}
			}
			if len(failed)+len(response.BatchItemFailures) > 0 && !reflect.DeepEqual(response.BatchItemFailures, failed) {
				t.Errorf("failed %v, want %v", response.BatchItemFailures, failed)
			}
			if !slices.Equal(bus.published, test.published) {
				t.Errorf("published %v, want %v", bus.published, test.published)
			}
			if !strings.Contains(logs.String(), test.metrics) {
				t.Errorf("the metrics are not %s in %s", test.metrics, logs.String())
			}
			if strings.Contains(logs.String(), "permissions") {
				t.Errorf("a membership is in the log: %s", logs.String())
			}
		})
	}
}

func newTestHandler(log history.Log, p publisher, out io.Writer) *handler {
	return &handler{
		recorder: history.Recorder{Log: log}, events: p, now: func() time.Time { return now },
		log: telemetry.NewRequestLog(out, func(string) string { return "" }, func() time.Time { return now }),
	}
}

// TestABatchThatFailsAsAWhole: without a sequence number no record can be named.
func TestABatchThatFailsAsAWhole(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]string{
		"not JSON":           `]`,
		"no records":         `{"Records":1}`,
		"no sequence number": `{"Records":[{}]}`,
	} {
		h := newTestHandler(&historytest.Memory{}, &fakeBus{}, io.Discard)
		if out, err := h.Invoke(t.Context(), []byte(batch)); err == nil {
			t.Errorf("%s: got %s", name, out)
		}
	}
}

// TestUnusualEntriesAreLogged, also for a repeated record: the first line may be lost
// with its process.
func TestUnusualEntriesAreLogged(t *testing.T) {
	t.Parallel()
	var logs telemetrytest.Output
	h := newTestHandler(&historytest.Memory{}, &fakeBus{accepts: all}, &logs)
	if _, err := h.Invoke(t.Context(), batchOf(registered(1), unreadable(2), unreadable(2))); err != nil {
		t.Fatal(err)
	}
	const want = `"level":"WARN","message":"entry","pair":"7/2","sequence":1,"type":"foreign","gap":true,"unreadable":true,"eventId":"u2"}`
	if strings.Count(logs.String(), `"message":"entry"`) != 2 || strings.Count(logs.String(), want) != 2 {
		t.Errorf("got %s, want twice %s", logs.String(), want)
	}
	if !strings.Contains(logs.String(), `"records":3,"entries":2,"duplicates":1,"durationMs":0}`) ||
		!strings.Contains(logs.String(), `"Entries":2,"Duplicates":1,"Gaps":0,"Foreign":2,"Unreadable":2,`) {
		t.Errorf("got %s", logs.String())
	}
}

// slow is a log that appends the first entry, and then waits for the end of the time.
type slow struct{ historytest.Memory }

func (s *slow) Append(ctx context.Context, e history.Entry) error {
	if e.EventID != "e1" {
		<-ctx.Done()
		return membership.ErrUnavailable
	}
	return s.Memory.Append(ctx, e)
}

// TestTimeToPublish: after the time to record is over, recorded entries are still
// published.
func TestTimeToPublish(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(publishTime+time.Second))
	defer cancel()
	bus := &fakeBus{accepts: all}
	out, err := newTestHandler(&slow{}, bus, io.Discard).Invoke(ctx, batchOf(registered(1), registered(2)))
	if want := `{"batchItemFailures":[{"itemIdentifier":"2"}]}`; err != nil || string(out) != want || !slices.Equal(bus.published, []string{"e1"}) {
		t.Errorf("got %s (%v), published %v", out, err, bus.published)
	}
}

// TestTimeToRespond: publishing ends in time to respond.
func TestTimeToRespond(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer cancel()
	bus := &fakeBus{accepts: all}
	if _, err := newTestHandler(&historytest.Memory{}, bus, io.Discard).Invoke(ctx, batchOf(registered(1))); err != nil {
		t.Fatal(err)
	}
	if deadline, _ := ctx.Deadline(); deadline.Sub(bus.deadline) != responseTime {
		t.Errorf("publishing may take until %v before the end", deadline.Sub(bus.deadline))
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	for _, test := range []struct{ name, value, want string }{
		{"", "", ""},
		{"AWS_REGION", "", "AWS_REGION is not set"},
		{"HISTORY_TABLE_NAME", "", "HISTORY_TABLE_NAME is not set"},
		{"EVENT_BUS_NAME", "", "EVENT_BUS_NAME is not set"},
		{"AWS_ENDPOINT_URL_DYNAMODB", "localhost", "AWS_ENDPOINT_URL_DYNAMODB must be a URL"},
		{"AWS_ENDPOINT_URL_EVENTBRIDGE", "localhost", "AWS_ENDPOINT_URL_EVENTBRIDGE must be a URL"},
	} {
		env := map[string]string{
			"AWS_REGION": "eu-west-3", "HISTORY_TABLE_NAME": "memberships-history", "EVENT_BUS_NAME": "memberships",
			"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "AWS_ENDPOINT_URL_EVENTBRIDGE": server.URL,
		}
		env[test.name] = test.value
		_, err := newHandler(t.Context(), func(name string) string { return env[name] }, io.Discard)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("%s=%s: it starts with %v, want %q", test.name, test.value, err, test.want)
		}
	}
}
