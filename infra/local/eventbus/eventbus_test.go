package eventbus

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"users-organizations/pkg/telemetry/telemetrytest"
)

var now = time.Date(2024, 12, 9, 14, 23, 0, 123e6, time.UTC)

// bus is a running bus with its file and what it has shown.
type bus struct {
	*Bus
	t     *testing.T
	file  string
	shown telemetrytest.Output
}

func start(t *testing.T) *bus {
	t.Helper()
	b := &bus{t: t, file: filepath.Join(t.TempDir(), "events.jsonl")}
	var err error
	if b.Bus, err = Start(t.Context(), b.file, &b.shown, func() time.Time { return now }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	return b
}

func (b *bus) call(target, body string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.Endpoint()+"/", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

// put gives the error code of each entry, "" for one that was published.
func (b *bus) put(entries ...string) []string {
	b.t.Helper()
	status, body := b.call("AWSEvents.PutEvents", `{"Entries":[`+strings.Join(entries, ",")+`]}`)
	var out struct {
		FailedEntryCount int
		Entries          []struct{ EventID, ErrorCode, ErrorMessage string }
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK {
		b.t.Fatalf("responded %d %s", status, body)
	}
	var codes []string
	failed := 0
	for _, e := range out.Entries {
		if (e.ErrorCode == "") != (e.EventID != "") || (e.ErrorCode == "") != (e.ErrorMessage == "") {
			b.t.Errorf("the entry %+v has an id and an error, or neither", e)
		}
		if e.ErrorCode != "" {
			failed++
		}
		codes = append(codes, e.ErrorCode)
	}
	if failed != out.FailedEntryCount {
		b.t.Errorf("the count of failures is %d, want %d", out.FailedEntryCount, failed)
	}
	return codes
}

// lines are the lines of the file.
func (b *bus) lines() []string {
	b.t.Helper()
	text, err := os.ReadFile(b.file)
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

const changed = `{"Source":"/users-organizations/v1","DetailType":"users-organizations.membership.changed","EventBusName":"EventBus",
	"Detail":"{\"specversion\":\"1.0\", \"subject\":\"users/7/organizations/1\",\"sequence\":\"0003\",\"data\":{\"n\":9007199254740993}}"%s}`

func TestAnEventIsKeptAndShown(t *testing.T) {
	t.Parallel()
	b := start(t)
	if codes := b.put(fmt.Sprintf(changed, ""), fmt.Sprintf(changed, `,"Time":1733754181.5,"Resources":["arn:a"]`)); !slices.Equal(codes, []string{"", ""}) {
		t.Fatalf("the codes are %q", codes)
	}
	const want = `{"version":"0","id":"","detail-type":"users-organizations.membership.changed","source":"/users-organizations/v1",` +
		`"account":"000000000000","time":%q,"region":"eu-west-3","resources":%s,` +
		`"detail":{"specversion":"1.0","subject":"users/7/organizations/1","sequence":"0003","data":{"n":9007199254740993}}}`
	for i, line := range b.lines() {
		_, rest, _ := strings.Cut(line, `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		got := strings.Replace(line, id, "", 1)
		if w := []string{fmt.Sprintf(want, "2024-12-09T14:23:00Z", "[]"), fmt.Sprintf(want, "2024-12-09T14:23:01Z", `["arn:a"]`)}[i]; len(id) != 36 || got != w {
			t.Errorf("line %d is\n%s, want\n%s and an id", i, line, w)
		}
	}
	const shown = "Event: users-organizations.membership.changed users/7/organizations/1, sequence 0003\n"
	if b.shown.String() != shown+shown {
		t.Errorf("it shows %q, want %q twice", b.shown.String(), shown)
	}
}

func TestOtherEventsAreShownByTheirType(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.put(`{"Source":"a","DetailType":"b","Detail":"{}"}`)
	if b.shown.String() != "Event: b\n" {
		t.Errorf("it shows %q", b.shown.String())
	}
}

func TestAFailedEntryDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	b := start(t)
	entry := func(source, kind, detail string) string {
		text, err := json.Marshal(map[string]string{"Source": source, "DetailType": kind, "Detail": detail})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	fill := func(n int) string { return `{"a":"` + strings.Repeat("a", n-8-2) + `"}` }
	codes := b.put(
		entry("a", "b", "{}"), entry("", "b", "{}"), entry("a", "", "{}"), entry("a", "b", ""),
		entry("a", "b", "null"), entry("a", "b", "[]"), entry("a", "b", "{"), entry("a", "b", fill(256<<10)), entry("a", "b", fill(256<<10+1)),
	)
	want := []string{"", "InvalidArgument", "InvalidArgument", "InvalidArgument", "MalformedDetail", "MalformedDetail", "MalformedDetail", "", "InvalidArgument"}
	if !slices.Equal(codes, want) || len(b.lines()) != 2 {
		t.Errorf("the codes are %q, want %q; %d events were kept", codes, want, len(b.lines()))
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	for name, c := range map[string]struct{ target, body, want string }{
		"another operation": {"AWSEvents.PutRule", `{}`, `{"__type":"UnknownOperationException","message":"the local event bus has only PutEvents, not \"AWSEvents.PutRule\""}`},
		"no entries":        {"AWSEvents.PutEvents", `{"Entries":[]}`, `{"__type":"ValidationException","message":"there are 0 entries: 1 to 10 are allowed"}`},
		"eleven entries": {
			"AWSEvents.PutEvents", `{"Entries":[{}` + strings.Repeat(",{}", 10) + `]}`,
			`{"__type":"ValidationException","message":"there are 11 entries: 1 to 10 are allowed"}`,
		},
		"not JSON": {"AWSEvents.PutEvents", `{`, `{"__type":"SerializationException","message":"unexpected EOF"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, body := b.call(c.target, c.body); status != http.StatusBadRequest || body != c.want {
				t.Errorf("responded %d %s, want %s", status, body, c.want)
			}
		})
	}
}

func TestEventsAtOnceEachHaveALine(t *testing.T) {
	t.Parallel()
	b := start(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { b.put(fmt.Sprintf(changed, ""), fmt.Sprintf(changed, "")) })
	}
	wg.Wait()
	lines := b.lines()
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line is not JSON: %s", line)
		}
	}
	if len(lines) != 40 {
		t.Errorf("%d lines, want 40", len(lines))
	}
}

func TestTheFileIsAppendedTo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "events.jsonl")
	for i := range 2 {
		b, err := Start(t.Context(), file, io.Discard, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		(&bus{Bus: b, t: t}).put(fmt.Sprintf(changed, ""))
		b.Stop()
		if lines := (&bus{t: t, file: file}).lines(); len(lines) != i+1 {
			t.Errorf("%d lines after run %d", len(lines), i)
		}
	}
	if _, err := Start(t.Context(), t.TempDir(), io.Discard, time.Now); err == nil {
		t.Error("started with a directory for its file")
	}
}
