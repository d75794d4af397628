package main

import (
	"testing"
)

// The tests of this file fail when a change makes the functions heavier than
// the goals allow. They count what doesn't depend on the machine's mood:
// bytes and calls, never time.

func TestTheBinariesStayWithinTheirGoals(t *testing.T) {
	t.Parallel()
	binaries, err := buildAll(t.Context(), t.TempDir(), register, authorizer, hello)
	if err != nil {
		t.Fatal(err)
	}
	sizes := newSamples()
	for _, p := range []program{register, authorizer, hello} {
		n, err := size(binaries[p.name])
		if err != nil {
			t.Fatal(err)
		}
		sizes.add(binarySize, p, n)
	}
	for _, g := range goals {
		if g.figure != binarySize {
			continue
		}
		v := sizes.judge(g)
		t.Logf("%s: %.0f bytes, %.3f times %s", v.Of, sizes.of(binarySize, g.of), v.Value, v.To)
		if v.Verdict != reached {
			t.Errorf("%s weighs %.3f times %s, more than %.2f: see what was linked in with `go tool nm -size -sort size`",
				v.Of, v.Value, v.To, v.Limit)
		}
	}
}
