package main

import (
	"fmt"
	"testing"
)

// The tests of budget*_test.go fail when a change makes the functions heavier than
// the goals allow. They count what doesn't depend on the machine's load: bytes and
// calls, never time.

func TestTheBinariesStayWithinTheirGoals(t *testing.T) {
	t.Parallel()
	var weighed []program
	for _, g := range goals {
		if g.figure == binarySize {
			weighed = append(weighed, g.of)
		}
	}
	weighed = append(weighed, hello)
	binaries, err := buildAll(t.Context(), t.TempDir(), weighed...)
	if err != nil {
		t.Fatal(err)
	}
	sizes := newSamples()
	for _, p := range weighed {
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
		weight := fmt.Sprintf("%s: %.0f bytes", v.Of, sizes.of(binarySize, g.of))
		if v.To != "" {
			weight += fmt.Sprintf(", %.3f times %s", v.Value, v.To)
		}
		t.Log(weight)
		if v.Verdict != reached {
			t.Errorf("%s, more than %v: `go tool nm -size -sort size` lists what was linked in", weight, v.Limit)
		}
	}
}
