package main

import (
	"slices"
	"testing"

	"users-organizations/infra/conformance"
)

func TestWhatDiffersIsWhatIsKnown(t *testing.T) {
	t.Parallel()
	known := []difference{{reason: "headers are joined", got: "400 malformed", cases: []string{"a key twice", "a tag twice"}}}
	key := conformance.Difference{Case: "a key twice", Want: "400 not-allowed", Got: "400 malformed, and more"}
	tag := conformance.Difference{Case: "a tag twice", Want: "400 not-allowed", Got: "400 malformed"}
	for name, c := range map[string]struct {
		differ []conformance.Difference
		want   []string
	}{
		"as known": {[]conformance.Difference{key, tag}, nil},
		"one that passes": {[]conformance.Difference{tag},
			[]string{`"a key twice" is as the contract says: take it out of knownDifferences`}},
		"one that differs in another way": {[]conformance.Difference{key, {Case: "a tag twice", Want: "400 not-allowed", Got: "201"}},
			[]string{`"a tag twice" is 201, want 400 not-allowed`}},
		"another one": {[]conformance.Difference{{Case: "again", Want: "409", Got: "201"}, key, tag}, []string{`"again" is 201, want 409`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := unexpected(known, c.differ); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
