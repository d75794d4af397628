package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gateway "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/pkg/dynamo"
	"users-organizations/pkg/history"
	"users-organizations/pkg/history/historytest"
)

func TestEventsAreRealistic(t *testing.T) {
	t.Parallel()
	e, err := readEvents("../../../events")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 3 {
		text := e.event(register)
		if n := len(text); n < 3_800 || n > 4_300 {
			t.Errorf("the event has %d bytes, want about 4 KB", n)
		}
		var event gateway.APIGatewayProxyRequest
		if err := json.Unmarshal(text, &event); err != nil {
			t.Fatal(err)
		}
		user, organization := event.PathParameters["userId"], event.PathParameters["organizationId"]
		if seen[user] || !strings.HasSuffix(event.Path, "/"+user+"/organizations/"+organization) {
			t.Errorf("a call for %s %v, want a new user each time, named alike everywhere", event.Path, event.PathParameters)
		}
		seen[user] = true
		if event.Headers["x-session-token"] == "<session token>" || len(event.MultiValueHeaders["Authorization"]) != 1 {
			t.Errorf("headers %v, want tokens among them", event.Headers)
		}
	}
	bearer, session, err := e.tokens()
	if err != nil || strings.Count(bearer, ".") != 2 || strings.Count(session, ".") != 2 {
		t.Errorf("tokens %q, %q, %v", bearer, session, err)
	}
}

// TestABatchIsOfChanges: a recorder takes the batches of a process for changes by
// the service, one after the other.
func TestABatchIsOfChanges(t *testing.T) {
	t.Parallel()
	s := &subject{events: &events{}}
	recorder := history.Recorder{Log: &historytest.Memory{}}
	for n := range int64(3) {
		var event struct{ Records []json.RawMessage }
		if err := json.Unmarshal(s.nextBatch(), &event); err != nil || len(event.Records) != batchSize {
			t.Fatalf("a batch of %d records, %v", len(event.Records), err)
		}
		for _, r := range event.Records {
			c, _ := dynamo.ReadChange(r)
			e, appended, err := recorder.Record(t.Context(), c)
			if err != nil || !appended || e.Type != history.Changed || e.Gap != (n == 0) || e.Sequence != n+1 {
				t.Fatalf("the record %s has the entry %+v, %v", r, e, err)
			}
		}
	}
}

func TestCounterCountsAcrossWrites(t *testing.T) {
	t.Parallel()
	text := []byte("a needle, a needle and a neeneedle")
	for size := 1; size <= len(text); size++ {
		var n atomic.Int64
		c := counter{pattern: []byte("needle"), count: &n}
		for part := range bytes.Lines(text) {
			for len(part) > 0 {
				k := min(size, len(part))
				_, _ = c.Write(part[:k])
				part = part[k:]
			}
		}
		if n.Load() != 3 {
			t.Errorf("in pieces of %d: %d, want 3", size, n.Load())
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	s := newSamples()
	// The third round was disturbed.
	for _, v := range []struct{ register, hello float64 }{{3, 2}, {1, 1}, {200, 100}, {2, 2}} {
		s.add(warmCPU, register, v.register)
		s.add(warmCPU, hello, v.hello)
	}
	for _, c := range []struct {
		goal  goal
		value float64
		want  string
	}{
		{goal{warmCPU, register, nil, 2.5}, 2.5, reached},
		{goal{warmCPU, register, nil, 2.4}, 2.5, missed},
		{goal{warmCPU, register, &hello, 1.25}, 1.25, reached},
		{goal{warmCPU, register, &hello, 1.2}, 1.25, missed},
		{goal{warmCPU, register, &open, 10}, 0, unmeasured},
		{goal{warmP50, register, nil, 10}, 0, unmeasured},
	} {
		if v := s.judge(c.goal); v.Verdict != c.want || v.Value != c.value {
			t.Errorf("%+v: %s at %v, want %s at %v", c.goal, v.Verdict, v.Value, c.want, c.value)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var sorted []time.Duration
	for i := range 200 {
		sorted = append(sorted, time.Duration(i+1))
	}
	for p, want := range map[float64]time.Duration{0.1: 1, 50: 100, 99: 198, 100: 200} {
		if got := percentile(sorted, p); got != want {
			t.Errorf("percentile %v is %d, want %d", p, got, want)
		}
	}
	if m := median(nil); !math.IsNaN(m) {
		t.Errorf("the median of nothing is %v", m)
	}
}

func TestItemBytes(t *testing.T) {
	t.Parallel()
	number := func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	list := &types.AttributeValueMemberL{Value: []types.AttributeValue{number("1"), number("2")}}
	object := &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"s": text("😀")}}
	for name, c := range map[string]struct {
		value types.AttributeValue
		want  int
	}{
		"a digit":               {number("7"), 2},
		"zeros at the end":      {number("-1200"), 3},
		"the largest id":        {number("9007199254740991"), 9},
		"text, as UTF-8":        {text("é"), 2},
		"a list of two numbers": {list, 3 + 2*(1+2)},
		"a map of one text":     {object, 3 + 1 + 1 + 4},
		"null":                  {&types.AttributeValueMemberNULL{Value: true}, 1},
	} {
		if got := itemBytes(map[string]types.AttributeValue{"name": c.value}); got != 4+c.want {
			t.Errorf("%s: %d bytes, want 4 and %d", name, got, c.want)
		}
	}
}

func TestAnAuthorityIsTrustedForItsServer(t *testing.T) {
	t.Parallel()
	a, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	n, err := a.layRoots(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != n+1 {
		t.Errorf("%d files, %v; want one for each of %d roots and one for all", len(entries), err, n)
	}
	all, err := os.ReadFile(dir + "/ca-certificates.crt")
	if err != nil || !bytes.Contains(all, a.root) {
		t.Errorf("the bundle lacks our root: %v", err)
	}
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(a.root)
	intermediate, err := x509.ParseCertificate(a.server.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(a.server.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	intermediates := x509.NewCertPool()
	intermediates.AddCert(intermediate)
	options := x509.VerifyOptions{DNSName: "127.0.0.1", Roots: roots, Intermediates: intermediates}
	if _, err := leaf.Verify(options); err != nil {
		t.Errorf("our own server is refused: %v", err)
	}
	options.Roots = others
	if _, err := leaf.Verify(options); err == nil {
		t.Error("our server is trusted without our root")
	}
}

func TestThePrintedTable(t *testing.T) {
	t.Parallel()
	s := newSamples()
	s.add(binarySize, register, 8_000_000)
	s.add(binarySize, hello, 4_000_000)
	s.add(warmCPU, register, 120)
	s.add(warmCPU, hello, 100)
	for _, p := range operations {
		s.add(warmCPU, p.ours, 90)
		s.add(warmCPU, p.theirs, 100)
	}
	r := results{Figures: s.figures(), Unmeasured: []string{"the weather"}, Others: 0.12}
	for _, g := range goals {
		r.Goals = append(r.Goals, s.judge(g))
	}
	var out bytes.Buffer
	r.print(&out)
	lines := strings.Split(out.String(), "\n")
	for _, want := range []string{
		"binary size 8.00 MB (≤ 10.00 MB) 4.00 MB 2.00 ≤ 1.35 MISSED",
		"processor time a call 120 µs 100 µs 1.20 ≤ 1.35 not measured",
		"list of a user list of a user, handwritten ratio goal",
		"processor time a call 90 µs 100 µs 0.90 ≤ 0.75 MISSED",
		"processor time a call 90 µs 100 µs 0.90 ≤ 0.85 MISSED",
		"other programs had 12 % of the processors",
		"not measured: the weather",
	} {
		found := false
		for _, line := range lines {
			found = found || strings.Join(strings.Fields(line), " ") == want
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if n, want := r.missed(), 1+len(operations); n != want {
		t.Errorf("%d goals missed, want %d", n, want)
	}
}

func TestABusyMachine(t *testing.T) {
	t.Parallel()
	for others, want := range map[float64]bool{0: false, 0.1: false, 0.11: true, 1: true} {
		if got := (results{Others: others}).busy(); got != want {
			t.Errorf("others had %v: busy is %t, want %t", others, got, want)
		}
	}
}
