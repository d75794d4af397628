package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/infra/local/lambda"
	"users-organizations/infra/local/localtest"
	"users-organizations/infra/local/template"
	"users-organizations/pkg/dynamo/engine"
	"users-organizations/pkg/telemetry/telemetrytest"
)

// TestMain makes this test binary a function binary too: it appends the sequence
// numbers of its records to a file, and crashes once, at record 3.
func TestMain(m *testing.M) {
	file := os.Getenv("APPEND_TO")
	if file == "" {
		os.Exit(m.Run())
	}
	runtime.Start(func(_ context.Context, event events.DynamoDBEvent) error {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // The test names the file.
		if err != nil {
			return err
		}
		for _, r := range event.Records {
			text, err := os.ReadFile(file) //nolint:gosec // The test names the file.
			if err != nil {
				return err
			}
			if r.Change.SequenceNumber == "3" && !strings.Contains(string(text), "crash") {
				_, _ = f.WriteString("crash ")
				os.Exit(1)
			}
			_, _ = f.WriteString(r.Change.SequenceNumber + " ")
		}
		return f.Close()
	})
}

// source is a table with a stream, and a function that reads it.
type source struct {
	t        *testing.T
	endpoint string
	client   *dynamodb.Client
	config   Config
	logged   *telemetrytest.Output
}

func newSource(t *testing.T, target Function) *source {
	t.Helper()
	return newSourceOn(t, startEngine(t, engine.Options{}), target)
}

func startEngine(t *testing.T, options engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	return e
}

func newSourceOn(t *testing.T, e *engine.Engine, target Function) *source {
	t.Helper()
	if err := localtest.CreateTables(t.Context(), e.Endpoint()); err != nil {
		t.Fatal(err)
	}
	s := &source{t: t, endpoint: e.Endpoint(), client: engine.Client(e.Endpoint()), logged: &telemetrytest.Output{}}
	s.config = Config{
		Function:  "RecordFunction",
		Table:     "MembershipsTable",
		View:      "NEW_AND_OLD_IMAGES",
		BatchSize: 100,
		Endpoint:  e.Endpoint(),
		TableName: localtest.TableName,
		Target:    target,
		File:      filepath.Join(t.TempDir(), "stream.json"),
		Log:       log.New(s.logged, "", 0),
		Backoff:   func(int) time.Duration { return time.Millisecond },
	}
	return s
}

func (s *source) open() *Mapping {
	s.t.Helper()
	m, err := Open(s.t.Context(), s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// read reads the stream to its end.
func (s *source) read(m *Mapping) {
	s.t.Helper()
	for {
		n, err := m.poll(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (s *source) put(user int, name string) {
	s.t.Helper()
	item := localtest.Key(int64(user), 1)
	item["name"] = &types.AttributeValueMemberS{Value: name}
	if _, err := s.client.PutItem(s.t.Context(), &dynamodb.PutItemInput{TableName: &s.config.TableName, Item: item}); err != nil {
		s.t.Fatal(err)
	}
}

// function is a function in this process. It keeps its events, and each batch as
// its sequence numbers.
type function struct {
	mu      sync.Mutex
	events  []string
	batches []string
	// respond gives the response to a batch; nil means success.
	respond func(batch string) (string, error)
}

func (f *function) Invoke(_ context.Context, _ string, event []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var got events.DynamoDBEvent
	if err := json.Unmarshal(event, &got); err != nil {
		return nil, err
	}
	var numbers []string
	for _, r := range got.Records {
		numbers = append(numbers, r.Change.SequenceNumber)
	}
	batch := strings.Join(numbers, " ")
	f.events, f.batches = append(f.events, string(event)), append(f.batches, batch)
	if f.respond == nil {
		return []byte("null"), nil
	}
	response, err := f.respond(batch)
	return []byte(response), err
}

func (f *function) want(t *testing.T, batches ...string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(f.batches, batches) {
		t.Errorf("the batches were %q, want %q", f.batches, batches)
	}
}

func TestEventsOfChanges(t *testing.T) {
	t.Parallel()
	f := &function{}
	s := newSource(t, f)
	m := s.open()
	s.put(1, "a")
	s.put(1, "a") // changes nothing
	s.put(1, "b")
	key := localtest.Key(1, 1)
	if _, err := s.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &s.config.TableName, Key: key}); err != nil {
		t.Fatal(err)
	}
	s.read(m)

	f.want(t, "1 3 4")
	var got events.DynamoDBEvent
	if err := json.Unmarshal([]byte(f.events[0]), &got); err != nil {
		t.Fatal(err)
	}
	name := func(image map[string]events.DynamoDBAttributeValue) string {
		if image == nil {
			return "nothing"
		}
		return image["userId"].Number() + image["organizationId"].Number() + image["name"].String()
	}
	for i, want := range []string{"INSERT nothing 11a", "MODIFY 11a 11b", "REMOVE 11b nothing"} {
		r := got.Records[i]
		if text := r.EventName + " " + name(r.Change.OldImage) + " " + name(r.Change.NewImage); text != want {
			t.Errorf("record %d is %s, want %s", i, text, want)
		}
		if r.EventID == "" || r.EventSource != "aws:dynamodb" || r.EventVersion != "1.1" || r.AWSRegion == "" ||
			!strings.Contains(r.EventSourceArn, ":table/memberships/stream/") {
			t.Errorf("record %d is %+v", i, r)
		}
		if c := r.Change; len(c.Keys) != 2 || c.SizeBytes == 0 || c.StreamViewType != "NEW_AND_OLD_IMAGES" ||
			time.Since(c.ApproximateCreationDateTime.Time).Abs() > time.Hour {
			t.Errorf("the change of record %d is %+v", i, c)
		}
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	const record4Fails = `{"batchItemFailures":[{"itemIdentifier":"4"}]}`
	// reports makes a function that reports record 4 as failed the first n times.
	reports := func(n int) func(string) (string, error) {
		return func(batch string) (string, error) {
			if n > 0 && strings.Contains(batch, "4") {
				n--
				return record4Fails, nil
			}
			return `{"batchItemFailures":[]}`, nil
		}
	}
	fails := func(n int) func(string) (string, error) {
		report := reports(n)
		return func(batch string) (string, error) {
			if response, _ := report(batch); response == record4Fails {
				return "", errors.New("out of luck")
			}
			return "", nil
		}
	}
	for name, c := range map[string]struct {
		stream  template.Stream
		respond func(string) (string, error)
		want    []string
		// backoffs are the attempts after which the mapping waited.
		backoffs []int
		logged   string
	}{
		"a success": {template.Stream{BatchSize: 4}, nil, []string{"1 2 3 4", "5 6"}, nil, ""},
		"a failed batch comes again, and nothing before it": {
			template.Stream{BatchSize: 5}, fails(2), []string{"1 2 3 4 5", "1 2 3 4 5", "1 2 3 4 5", "6"}, []int{0, 1},
			"RecordFunction: 5 records come again, from sequence number 1 on: out of luck",
		},
		"a reported batch comes again from the record on": {
			template.Stream{BatchSize: 5, ReportFailures: true}, reports(1), []string{"1 2 3 4 5", "4 5", "6"}, []int{0},
			"RecordFunction: 2 records come again, from sequence number 4 on: the function reports this record as failed",
		},
		"a record that is reported three times": {
			template.Stream{BatchSize: 5, ReportFailures: true}, reports(3), []string{"1 2 3 4 5", "4 5", "4 5", "4 5", "6"}, []int{0, 1, 2},
			"RecordFunction: 2 records come again, from sequence number 4 on: the function reports this record as failed",
		},
		"a report that is not configured": {template.Stream{BatchSize: 5}, reports(1), []string{"1 2 3 4 5", "6"}, nil, ""},
		"bisected": {
			template.Stream{BatchSize: 5, Bisect: true}, fails(3),
			[]string{"1 2 3 4 5", "1 2", "3 4 5", "3", "4 5", "4", "5", "6"}, nil, "2 records come again, from sequence number 4",
		},
		"one record that fails five times": {
			template.Stream{BatchSize: 5, Bisect: true, ReportFailures: true}, reports(5),
			[]string{"1 2 3 4 5", "4 5", "4", "4", "4", "4", "5", "6"}, []int{0, 0, 1, 2}, "1 records come again, from sequence number 4",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &function{respond: c.respond}
			s := newSource(t, f)
			c.stream.Function, c.stream.View = "RecordFunction", "NEW_AND_OLD_IMAGES"
			s.config.Stream = c.stream
			var backoffs []int
			s.config.Backoff = func(attempt int) time.Duration {
				backoffs = append(backoffs, attempt)
				return 0
			}
			m := s.open()
			for user := 1; user <= 6; user++ {
				s.put(user, "a")
			}
			s.read(m)
			f.want(t, c.want...)
			if !slices.Equal(backoffs, c.backoffs) {
				t.Errorf("it waited after the attempts %v, want %v", backoffs, c.backoffs)
			}
			if !strings.Contains(s.logged.String(), c.logged) || c.logged == "" && s.logged.String() != "" {
				t.Errorf("logged %q, want %q", s.logged, c.logged)
			}
		})
	}
}

func TestABatchFitsIntoAnInvocation(t *testing.T) {
	t.Parallel()
	const kb = 1 << 10
	for name, c := range map[string]struct {
		// sizes are the records' images in bytes, want the batches' records.
		sizes, want []int
	}{
		"no records":                 {nil, nil},
		"small ones":                 {[]int{kb, kb, kb}, []int{3}},
		"the largest one, and small": {[]int{kb, 6138 * kb, kb, kb}, []int{1, 1, 2}},
		"large ones":                 {slices.Repeat([]int{800 * kb}, 20), []int{7, 7, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var records []record
			for _, size := range c.sizes {
				half := image(`"` + strings.Repeat("x", size/2) + `"`)
				records = append(records, record{Change: change{OldImage: half, NewImage: half}})
			}
			var got []int
			for _, batch := range cut(records) {
				got = append(got, len(batch))
				event, err := json.Marshal(struct{ Records []record }{batch})
				if err != nil || len(event) > lambda.MaxEvent {
					t.Errorf("an event of %d bytes, %v", len(event), err)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("batches of %v records, want %v", got, c.want)
			}
		})
	}
}

func TestPartialBatchResponses(t *testing.T) {
	t.Parallel()
	var batch []record
	for i := range 4 {
		batch = append(batch, record{Change: change{SequenceNumber: strconv.Itoa(10 + i)}})
	}
	for response, want := range map[string]int{
		`null`:                       4,
		`{}`:                         4,
		`{"batchItemFailures":null}`: 4,
		`{"batchItemFailures":[]}`:   4,
		`{"batchItemFailures":[{"itemIdentifier":"12"}]}`:                         2,
		`{"batchItemFailures":[{"itemIdentifier":"13"},{"itemIdentifier":"11"}]}`: 1,
		`{"batchItemFailures":[{"itemIdentifier":"10"}]}`:                         0,
		`{"batchItemFailures":[{"itemIdentifier":"99"}]}`:                         0,
		`{"batchItemFailures":[{"itemIdentifier":""}]}`:                           0,
		`{"batchItemFailures":[{"itemIdentifier":null},{"itemIdentifier":"12"}]}`: 0,
		`{"batchItemFailures":[{"item":"12"}]}`:                                   0,
		`{"batchItemFailures":"12"}`:                                              0,
		`"done"`:                                                                  0,
		``:                                                                        0,
	} {
		n, err := processed(batch, []byte(response))
		if n != want || (err == nil) != (n == 4) {
			t.Errorf("%s: %d processed, %v; want %d", response, n, err, want)
		}
	}
}

func TestTheNextRunContinuesAtTheCheckpoint(t *testing.T) {
	t.Parallel()
	first, second := &function{}, &function{}
	s := newSource(t, first)
	m := s.open()
	s.put(1, "a")
	s.put(2, "a")
	s.read(m)
	first.want(t, "1 2")

	s.put(3, "a")
	s.config.Target = second
	s.read(s.open())
	second.want(t, "3")
}

// TestAnEventIDIsNeverReused: the recorder recognizes by it what it has recorded.
// The embedded engine counts on after a restart. The stream of a table that is made
// anew has the old table's records, which come again.
func TestAnEventIDIsNeverReused(t *testing.T) {
	t.Parallel()
	options := engine.Options{DataDir: t.TempDir()}
	f := &function{}
	e := startEngine(t, options)
	for run := range 3 {
		s := newSourceOn(t, e, f)
		m := s.open()
		s.put(1, strconv.Itoa(run))
		s.read(m)
		if run == 1 {
			if _, err := s.client.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: &s.config.TableName}); err != nil {
				t.Fatal(err)
			}
		}
		e.Stop()
		e = startEngine(t, options)
	}
	changes := map[string]string{}
	for _, text := range f.events {
		var event events.DynamoDBEvent
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			t.Fatal(err)
		}
		for _, r := range event.Records {
			name := r.Change.NewImage["name"].String()
			if before, known := changes[r.EventID]; known && before != name {
				t.Errorf("the event id %s is of %s and of %s", r.EventID, before, name)
			}
			changes[r.EventID] = name
		}
	}
	if len(changes) != 3 {
		t.Errorf("the event ids and their changes are %v, want three", changes)
	}
}

func TestCheckpointsOfAnotherStream(t *testing.T) {
	t.Parallel()
	f := &function{}
	s := newSource(t, f)
	if err := os.WriteFile(s.config.File, []byte(`{"stream":"arn:another","shards":{"shardId-00000001-memberships":"1"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	m := s.open()
	s.put(1, "a")
	s.read(m)
	f.want(t, "1")

	if err := os.WriteFile(s.config.File, []byte(`{`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), s.config); err == nil || !strings.Contains(err.Error(), s.config.File) {
		t.Errorf("opened with a broken file: %v, want an error that names it", err)
	}
}

// TestAnOlderTableGetsAStream: older local systems made tables without one.
func TestAnOlderTableGetsAStream(t *testing.T) {
	t.Parallel()
	f := &function{}
	s := newSource(t, f)
	s.config.TableName = "older"
	_, err := s.client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:   aws.String("older"),
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("userId"), AttributeType: "N"}, {AttributeName: aws.String("organizationId"), AttributeType: "N"},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("userId"), KeyType: "HASH"}, {AttributeName: aws.String("organizationId"), KeyType: "RANGE"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.put(1, "before it")
	m := s.open()
	s.put(1, "after it")
	s.read(m)
	f.want(t, "1")
	if len(f.events) == 1 && !strings.Contains(f.events[0], "before it") {
		t.Errorf("the change is %s, want the old image too", f.events[0])
	}
}

func TestARealFunctionThatCrashesInABatch(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "got")
	f := lambda.New(lambda.Config{
		Name: "RecordFunction", Binary: binary, Environment: map[string]string{"APPEND_TO": file}, MemorySize: 256,
		Timeout: time.Minute, Concurrency: 1, Output: io.Discard, Log: log.New(io.Discard, "", 0),
	})
	t.Cleanup(f.Close)
	s := newSource(t, f)
	m := s.open()
	for user := 1; user <= 4; user++ {
		s.put(user, "a")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Run(ctx)
	}()
	const want = "1 2 crash 1 2 3 4 "
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if text, _ := os.ReadFile(file); string(text) == want {
			break
		}
	}
	stop()
	<-ended
	if text, _ := os.ReadFile(file); string(text) != want {
		t.Errorf("the function got %q, want %q", text, want)
	}
}

// server imitates DynamoDB and its streams with fixed responses.
type server struct {
	mu        sync.Mutex
	responses map[string][]string
	calls     []string
}

// ServeHTTP gives the next response of the call; its last one is repeated.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if body, _ := io.ReadAll(r.Body); call == "GetShardIterator" {
		var in struct{ ShardId, ShardIteratorType, SequenceNumber string } //nolint:revive // AWS's own name.
		_ = json.Unmarshal(body, &in)
		call += strings.TrimRight(" "+in.ShardId+" "+in.ShardIteratorType+" "+in.SequenceNumber, " ")
	}
	s.calls = append(s.calls, call)
	list := s.responses[call]
	if len(list) > 1 {
		s.responses[call] = list[1:]
	}
	if len(list) == 0 || strings.Contains(list[0], "__type") {
		w.WriteHeader(http.StatusBadRequest)
	}
	if len(list) > 0 {
		_, _ = io.WriteString(w, list[0])
	}
}

// imitated is a mapping on the server.
func imitated(t *testing.T, responses map[string][]string) (*server, *function, *Mapping, *telemetrytest.Output) {
	t.Helper()
	s, f, logged := &server{responses: responses}, &function{}, &telemetrytest.Output{}
	s.responses["DescribeTable"] = []string{`{"Table":{"LatestStreamArn":"arn:a","StreamSpecification":{"StreamEnabled":true}}}`}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	m, err := Open(t.Context(), Config{
		Function: "RecordFunction", BatchSize: 10, Endpoint: listening.URL, TableName: "memberships",
		Target: f, File: filepath.Join(t.TempDir(), "stream.json"), Log: log.New(logged, "", 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, f, m, logged
}

func records(next string, numbers ...string) string {
	var list []string
	for _, n := range numbers {
		list = append(list, fmt.Sprintf(`{"dynamodb":{"SequenceNumber":%q,"NewImage":{"userId":{"N":%q}}}}`, n, n))
	}
	return fmt.Sprintf(`{"Records":[%s],"NextShardIterator":%s}`, strings.Join(list, ","), next)
}

func TestAShardComesAfterItsParent(t *testing.T) {
	t.Parallel()
	_, f, m, _ := imitated(t, map[string][]string{
		"DescribeStream": {
			`{"StreamDescription":{"Shards":[{"ShardId":"child","ParentShardId":"parent"}],"LastEvaluatedShardId":"child"}}`,
			`{"StreamDescription":{"Shards":[{"ShardId":"parent","ParentShardId":"gone"}]}}`,
			`{"StreamDescription":{"Shards":[{"ShardId":"child","ParentShardId":"parent"},{"ShardId":"parent","ParentShardId":"gone"}]}}`,
		},
		"GetShardIterator parent TRIM_HORIZON": {`{"ShardIterator":"p"}`},
		"GetShardIterator child TRIM_HORIZON":  {`{"ShardIterator":"c"}`},
		"GetRecords":                           {records(`"p2"`, "1"), records("null", "2"), records(`"c2"`, "3"), records(`"c3"`)},
	})
	for range 4 {
		if _, err := m.poll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	f.want(t, "1", "2", "3")
}

func TestAnIteratorThatHasExpired(t *testing.T) {
	t.Parallel()
	s, f, m, _ := imitated(t, map[string][]string{
		"DescribeStream":                               {`{"StreamDescription":{"Shards":[{"ShardId":"one"}]}}`},
		"GetShardIterator one TRIM_HORIZON":            {`{"ShardIterator":"a"}`},
		"GetShardIterator one AFTER_SEQUENCE_NUMBER 1": {`{"ShardIterator":"b"}`},
		"GetRecords":                                   {records(`"a2"`, "1"), `{"__type":"ExpiredIteratorException"}`, records(`"b2"`, "2")},
	})
	var failures int
	for range 3 {
		if _, err := m.poll(t.Context()); err != nil {
			failures++
		}
	}
	f.want(t, "1", "2")
	if failures != 1 {
		t.Errorf("%d polls failed, want one; the calls were %v", failures, s.calls)
	}
}

func TestChangesThatTheStreamNoLongerHasAreLogged(t *testing.T) {
	t.Parallel()
	_, f, m, logged := imitated(t, map[string][]string{
		"DescribeStream":                               {`{"StreamDescription":{"Shards":[{"ShardId":"one"}]}}`},
		"GetShardIterator one TRIM_HORIZON":            {`{"ShardIterator":"a"}`},
		"GetShardIterator one AFTER_SEQUENCE_NUMBER 1": {`{"__type":"TrimmedDataAccessException"}`},
		"GetRecords":                                   {records(`"a2"`, "7")},
	})
	m.shards = map[string]*shard{"one": {id: "one", last: "1"}}
	if _, err := m.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.want(t, "7")
	if want := "RecordFunction: the stream of memberships no longer has the next changes: some may be missing\n"; logged.String() != want {
		t.Errorf("logged %q, want %q", logged, want)
	}
}

func TestAServerWithoutStreams(t *testing.T) {
	t.Parallel()
	const none = `{"Table":{}}`
	for name, c := range map[string]struct{ describe, update, want string }{
		"with an error":    {none, `{"__type":"ValidationException","message":"no such parameter"}`, "ValidationException: no such parameter"},
		"without an error": {none, `{"TableDescription":{}}`, "the server has made none"},
		"whose stream shows too little": {
			`{"Table":{"LatestStreamArn":"arn:a","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}}`, "",
			"its view type is KEYS_ONLY, and NEW_AND_OLD_IMAGES is needed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listening := httptest.NewServer(&server{responses: map[string][]string{
				"DescribeTable": {c.describe}, "UpdateTable": {c.update},
			}})
			t.Cleanup(listening.Close)
			_, err := Open(t.Context(), Config{View: "NEW_AND_OLD_IMAGES", Endpoint: listening.URL, TableName: "memberships"})
			if !errors.Is(err, ErrNoStream) || !strings.HasPrefix(err.Error(), "the table memberships at "+listening.URL+" has no stream: ") ||
				!strings.HasSuffix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %v, want one line that ends with %s", err, c.want)
			}
		})
	}
}

// TestAServerThatIsDown is asked again and logged once.
func TestAServerThatIsDown(t *testing.T) {
	t.Parallel()
	s, _, m, logged := imitated(t, map[string][]string{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.Run(ctx)
	}()
	asked := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.calls)
	}
	for deadline := time.Now().Add(time.Minute); asked() < 4 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	stop()
	<-ended
	if text := logged.String(); strings.Count(text, "RecordFunction: reading the stream of memberships: ") != 1 || strings.Count(text, "\n") != 1 {
		t.Errorf("logged %q, want one line about the stream", text)
	}
}
