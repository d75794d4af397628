package membership

import (
	"fmt"
	"strconv"
	"strings"
)

var inRange = fmt.Sprintf("must be an integer between %d and %d", MinInteger, MaxInteger)

// parseID reads a decimal integer in a path or a query: no plus sign, no leading
// zero, no -0, so that each id has one spelling.
func parseID(s string) (int64, ViolationCode) {
	digits := strings.TrimPrefix(s, "-")
	if !isDecimal(digits) || s == "-0" || len(digits) > 1 && digits[0] == '0' {
		return 0, Malformed
	}
	return bounded(s)
}

// maxDigits is the number of digits of MaxInteger.
var maxDigits = len(strconv.Itoa(MaxInteger))

// parseNumber reads a JSON number literal whose value is an integer, however
// it is written: 1, 1.0 and 10e-1 are the same (JSON Schema 2020-12, 6.1.1).
// It computes on the digits, since a double would round 9007199254740993.
func parseNumber(literal string) (int64, ViolationCode) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(literal), "e")
	magnitude, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(magnitude, ".")

	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return 0, ""
	}
	scale := parseExponent(exponent) - len(fraction) + len(digits) - len(significant)
	if scale < 0 {
		return 0, NotAnInteger
	}
	if len(significant)+scale > maxDigits {
		return 0, OutOfRange
	}
	text := significant + strings.Repeat("0", scale)
	if negative {
		text = "-" + text
	}
	return bounded(text)
}

// beyond is an exponent so large that no mantissa that fits into a body makes an
// integer in range of it.
const beyond = 1 << 30

func parseExponent(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err == nil {
		return max(-beyond, min(n, beyond))
	}
	if strings.HasPrefix(s, "-") {
		return -beyond
	}
	return beyond
}

func bounded(decimal string) (int64, ViolationCode) {
	n, err := strconv.ParseInt(decimal, 10, 64)
	if err != nil || n < MinInteger || n > MaxInteger {
		return 0, OutOfRange
	}
	return n, ""
}

func isDecimal(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
