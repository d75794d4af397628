package faults_test

import (
	"testing"

	"users-organizations/infra/local/faults"
)

// TestAGapIsShown: the recorder misses changes, as if it was off for longer than
// the stream keeps them.
func TestAGapIsShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meets func(r *recording) faults.Fault
		// most is how often the gap may be counted: again where the batch comes again.
		most float64
	}{
		"no fault": {func(*recording) faults.Fault { return faults.Pass }, 1},
		"the recorder is killed between the entry and the count": {func(r *recording) faults.Fault { return r.killing(faults.ResetAfter) }, 2},
		"the response to the entry is lost":                      {func(*recording) faults.Fault { return faults.ResetAfter }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRecording(t, 1)
			etag := r.do(register, "").ETag()
			r.drain()
			r.wantHistory(true, "registered")

			r.delivery.set(func() deliveryMode { return lost })
			etag = r.do(change, etag).ETag()
			etag = r.do(remove, etag).ETag()
			r.drain()
			r.wantHistory(false, "removed without a sequence", "registered")
			if n := r.metric("Gaps"); n != 0 {
				t.Errorf("%v gaps are counted before the recorder can know", n)
			}

			r.delivery.set(func() deliveryMode { return once })
			r.behind.Choose(faults.InTurn(faults.Pass, c.meets(r)))
			etag = r.do(restore, etag).ETag()
			r.drain()
			r.wantHistory(true, "restored after a gap", "registered")
			if n := r.metric("Gaps"); n < 1 || n > c.most {
				t.Errorf("%v gaps are counted, want 1 to %v", n, c.most)
			}
			r.do(change, etag)
			r.drain()
			r.wantHistory(true, "changed", "restored after a gap", "registered")
		})
	}
}

// TestAChangeThatComesLate: a batch that Lambda had given up is delivered by hand,
// after a newer change was recorded.
func TestAChangeThatComesLate(t *testing.T) {
	t.Parallel()
	r := startRecording(t, 1)
	etag := r.do(register, "").ETag()
	r.drain()
	r.delivery.set(func() deliveryMode { return lost })
	etag = r.do(change, etag).ETag()
	r.drain()
	discarded := r.delivery.past[len(r.delivery.past)-1]
	r.delivery.set(func() deliveryMode { return once })
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
	r.checkCopy("every event", r.published())
}
