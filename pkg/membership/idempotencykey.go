package membership

import "strings"

// maxKeyLength is how many characters an Idempotency-Key may have.
const maxKeyLength = 255

// parseIdempotencyKey reads the value of an Idempotency-Key header: bare visible ASCII,
// or the same words as a quoted string (RFC 8941, section 3.3.3), which is how
// the header's own draft writes it. Both forms of the same words are one key.
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

// unquote reads a quoted string that ends with its closing quote: a parameter
// behind it is refused.
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
