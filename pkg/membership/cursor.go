package membership

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// position is where a page of a list begins.
type position struct {
	// page counts from 1. after is the id or sequence that ended the page before.
	page, after int64
}

// cursorVersion changes with the form or the meaning of a cursor.
const cursorVersion = 1

// cursor is a cursor without its position. It names the list, so that a cursor of
// one list is not valid for another. It needs no signature: it gives access to
// nothing that the path does not give.
type cursor string

// newCursor takes the words that name the list, with one space between them.
func newCursor(words string) cursor { return cursor(fmt.Sprintf("%d %s", cursorVersion, words)) }

// at returns the whole cursor, for the page that begins at p.
func (c cursor) at(p position) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d %d", c, p.page, p.after))
}

// maxCursor is a length, in characters, that no cursor reaches.
const maxCursor = 256

// parse reads a cursor that at wrote for the same list, and refuses every other.
func (c cursor) parse(value string) (position, ViolationCode) {
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
	p := position{page, after}
	if wrongPage != "" || wrongAfter != "" || page < 2 || c.at(p) != value {
		return position{}, Malformed
	}
	return p, ""
}
