package membership

import "strings"

// maxKeyLength is the largest number of characters in an Idempotency-Key.
const maxKeyLength = 255

// parseIdempotencyKey reads the value of an Idempotency-Key header: visible ASCII,
// bare or as a quoted string (RFC 8941, section 3.3.3). The header's draft has the
// quoted form. Both forms of the same characters are one key.
func parseIdempotencyKey(value string) (string, ViolationCode) {
	key := strings.Trim(value, " \t")
	if strings.HasPrefix(key, `"`) {
		var ok bool
		if key, ok = unquote(key); !ok {
			return "", Malformed
		}
	}
	if key == "" {
		return "", Malformed
	}
	for _, c := range []byte(key) {
		if c < '!' || c > '~' {
			return "", Malformed
		}
	}
	if len(key) > maxKeyLength {
		return "", OutOfRange
	}
	return key, ""
}

// unquote reads a quoted string. It refuses anything after the closing quote, such
// as a parameter.
func unquote(s string) (string, bool) {
	var content strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return content.String(), i == len(s)-1
		case '\\':
			i++
			if i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", false
			}
		}
		content.WriteByte(s[i])
	}
	return "", false
}
