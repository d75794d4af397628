package token

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func BenchmarkVerifyTwoHS256(b *testing.B) {
	v := verifier(hmacKeys(b), rules)
	bearer, session := genuine(Bearer).text(), genuine(Session).text()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), bearer, session); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefuse measures tokens without a valid signature.
func BenchmarkRefuse(b *testing.B) {
	v := verifier(hmacKeys(b), rules)
	session := genuine(Session).text()
	for name, bearer := range hostile() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), bearer, session); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

// hostile returns tokens, most of nearly the longest length, that cause as much
// work as possible without a key.
func hostile() map[string]string {
	const room = 3000
	header := func(json string) string { return b64.EncodeToString([]byte(json)) + ".e30.AA" }
	var names []string
	for i := range room / 8 {
		names = append(names, fmt.Sprintf(`"%02x":0`, i))
	}
	return map[string]string{
		"dots":         strings.Repeat(".", maxLength),
		"nested":       header(strings.Repeat("[", room/2) + strings.Repeat("]", room/2)),
		"many names":   header("{" + strings.Join(names, ",") + "}"),
		"many numbers": header(`{"alg":[` + strings.Repeat("0,", room/2-10) + `0]}`),
		"too long":     strings.Repeat("A", 100*maxLength),
	}
}

//nolint:paralleltest // AllocsPerRun counts the allocations of the process, so it must run alone
func TestAllocationsAreBounded(t *testing.T) {
	v := verifier(hmacKeys(t), rules)
	bearer, session := genuine(Bearer).text(), genuine(Session).text()
	allocations := func(bearer string) (float64, error) {
		var err error
		count := testing.AllocsPerRun(50, func() { _, err = v.Verify(t.Context(), bearer, session) })
		return count, err
	}

	valid, err := allocations(bearer)
	if err != nil || valid > 130 {
		t.Errorf("two valid tokens: %v allocations, %v; want at most 130, and no error", valid, err)
	}
	t.Logf("two valid tokens: %v allocations", valid)

	limits := map[string]float64{"dots": 1, "too long": 1, "nested": 2_000, "many names": 500, "many numbers": 100}
	for name, text := range hostile() {
		limit, known := limits[name]
		count, err := allocations(text)
		var refusal *RefusedError
		if !known || !errors.As(err, &refusal) || count > limit {
			t.Errorf("%s: %v allocations, %v; want at most %v, and a refusal", name, count, err, limit)
		}
		t.Logf("%s: %v allocations, %v", name, count, err)
	}
}
