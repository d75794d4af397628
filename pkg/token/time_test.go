package token_test

import (
	"testing"
	"time"

	"users-organizations/pkg/token"
)

func TestTimesWithLeeway(t *testing.T) {
	t.Parallel()
	const at = 1_700_000_000
	for name, c := range map[string]struct {
		now           time.Time
		passed, ahead bool
	}{
		"long before":                {time.Unix(at-61, 0), false, true},
		"a moment before the leeway": {time.Unix(at-60, -1), false, true},
		"at the leeway's beginning":  {time.Unix(at-60, 0), false, false},
		"at the time":                {time.Unix(at, 0), false, false},
		"a moment before its end":    {time.Unix(at+60, -1), false, false},
		"at the end of the leeway":   {time.Unix(at+60, 0), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := token.Passed(at, c.now); got != c.passed {
				t.Errorf("Passed = %v", got)
			}
			if got := token.Ahead(at, c.now); got != c.ahead {
				t.Errorf("Ahead = %v", got)
			}
		})
	}
	if token.Passed(1<<53-1, time.Unix(at, 0)) {
		t.Error("the largest time that a token may carry has passed")
	}
}
