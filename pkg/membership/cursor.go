package membership

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// position is where a page of a list begins.
type position struct {
	// page counts from 1, after is the id before the page.
	page, after int64
}

// first is where a list begins: before the lowest id.
func (l ListQuery) first() position { return position{1, MinInteger - 1} }

// cursorVersion changes with the form or the meaning of a cursor.
const cursorVersion = 1

// cursor writes where a page begins, together with the list that it is a page
// of. It needs no signature: it opens nothing that the path does not.
func (l ListQuery) cursor(at position) string {
	text := fmt.Sprintf("%d %s %d %s %d %d %d", cursorVersion, l.Side, l.ID, l.Deleted, l.Scope, at.page, at.after)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// maxCursor is more characters than a cursor has.
const maxCursor = 256

// parseCursor reads what cursor wrote of the same list, and nothing else.
func (l ListQuery) parseCursor(value string) (position, ViolationCode) {
	if len(value) > maxCursor {
		return position{}, Malformed
	}
	text, err := base64.RawURLEncoding.DecodeString(value)
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return position{}, Malformed
	}
	page, wrongPage := parseID(fields[len(fields)-2])
	after, wrongAfter := parseID(fields[len(fields)-1])
	at := position{page, after}
	if wrongPage != "" || wrongAfter != "" || page < 2 || l.cursor(at) != value {
		return position{}, Malformed
	}
	return at, ""
}
