package faults_test

import (
	"encoding/json"
	"strings"
	"testing"

	"users-organizations/infra/local/faults"
	"users-organizations/infra/local/localtest"
)

// do makes a call of the service for the pair 1/-1 that succeeds.
func (r *recording) do(k kind, etag string) localtest.Response {
	r.t.Helper()
	request := localtest.Request{
		Operation: operationOf[k], ID: string(k), Caller: "ada", User: 1, Organization: -1, Scope: 1, Group: watchedGroup, IfMatch: etag,
	}
	response, err := localtest.Invoke(r.t.Context(), r.functionOf(k), request)
	if err != nil || response.Status >= 300 {
		r.t.Fatalf("%s: %d %s, %v", k, response.Status, response.Body, err)
	}
	return response
}

// metric sums up what the recorder has counted.
func (r *recording) metric(name string) float64 {
	r.t.Helper()
	sum := 0.0
	for line := range strings.Lines(r.recorder.String()) {
		var values map[string]any
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			r.t.Fatalf("the line %q: %v", line, err)
		}
		if value, ok := values[name].(float64); ok && values["_aws"] != nil {
			sum += value
		}
	}
	return sum
}

// wantHistory reads the history of the pair 1/-1, the newest entry first.
func (r *recording) wantHistory(complete bool, want ...string) {
	r.t.Helper()
	p := r.readHistory(r.t.Context(), 1, -1, nil)
	var got []string
	for _, e := range p.Data {
		text := e.Type
		if e.Sequence == 0 {
			text += " without a sequence"
		}
		if e.Gap {
			text += " after a gap"
		}
		got = append(got, text)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") || p.Complete != complete {
		r.t.Errorf("the history is %q, complete: %t, want %q, complete: %t", got, p.Complete, want, complete)
	}
}

// TestAGapIsShown has the recorder miss changes, as one that is off for longer
// than the stream keeps them.
func TestAGapIsShown(t *testing.T) {
	t.Parallel()
	for name, meets := range map[string]func(r *recording){
		"the recorder is well": func(*recording) {},
		"it is killed when it has appended the entry, before it counts": func(r *recording) {
			r.behind.Choose(faults.InTurn(faults.Pass, r.killing(faults.ResetAfter)))
		},
		"the response to the entry is lost": func(r *recording) {
			r.behind.Choose(faults.InTurn(faults.Pass, faults.ResetAfter))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRecording(t, 1)
			etag := r.do(register, "").ETag()
			r.drain()
			r.wantHistory(true, "registered")

			r.delivery.set(func() manner { return lost })
			etag = r.do(change, etag).ETag()
			etag = r.do(remove, etag).ETag()
			r.drain()
			r.wantHistory(false, "removed without a sequence", "registered")
			if n := r.metric("Gaps"); n != 0 {
				t.Errorf("%v gaps are counted before the recorder can know", n)
			}

			r.delivery.set(func() manner { return once })
			meets(r)
			etag = r.do(restore, etag).ETag()
			r.drain()
			r.wantHistory(true, "restored after a gap", "registered")
			if n := r.metric("Gaps"); n < 1 {
				t.Errorf("%v gaps are counted, want one", n)
			}
			r.do(change, etag)
			r.drain()
			r.wantHistory(true, "changed", "restored after a gap", "registered")
		})
	}
}

// TestAChangeThatComesLate is taken from where Lambda has put what it gave up,
// after a newer one was recorded.
func TestAChangeThatComesLate(t *testing.T) {
	t.Parallel()
	r := startRecording(t, 1)
	etag := r.do(register, "").ETag()
	r.drain()
	r.delivery.set(func() manner { return lost })
	etag = r.do(change, etag).ETag()
	r.drain()
	discarded := r.delivery.past[len(r.delivery.past)-1]
	r.delivery.set(func() manner { return once })
	etag = r.do(remove, etag).ETag()
	r.drain()
	for range 2 {
		if _, err := r.delivery.invoke(t.Context(), discarded); err != nil {
			t.Fatal(err)
		}
	}
	r.wantHistory(false, "changed after a gap", "removed after a gap", "registered")
	r.do(restore, etag)
	r.drain()
	r.wantHistory(true, "restored after a gap", "changed after a gap", "removed after a gap", "registered")
	r.checkCopy("every event", readEvents(t, r.events))
}
