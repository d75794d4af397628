package conformance

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// grant is what a registration asks for.
type grant struct {
	Scope       float64 `json:"scope"`
	Permissions struct {
		Group  float64   `json:"group"`
		Read   []float64 `json:"read"`
		Manage []float64 `json:"manage"`
	} `json:"permissions"`
}

// membership is one as answers tell it: these seven fields, in this order.
type membership struct {
	UserID         json.Number `json:"userId"`
	OrganizationID json.Number `json:"organizationId"`
	grant
	DeletedAt *string `json:"deletedAt"`
	UpdatedAt string  `json:"updatedAt"`
	CreatedAt string  `json:"createdAt"`
}

// wrongMembership says what is wrong with a membership that an answer to q tells:
// it is of q's pair, active since a moment of this run, and always told alike.
func (r *runner) wrongMembership(q request, a answer, text []byte) string {
	var m membership
	if err := json.Unmarshal(text, &m); err != nil {
		return " that can't be read: " + err.Error()
	}
	path, _, _ := strings.Cut(q.path, "?")
	switch {
	case path != r.path(m.UserID.String(), m.OrganizationID.String()):
		return " of another pair"
	case m.DeletedAt != nil || m.UpdatedAt != m.CreatedAt || !isAbout(m.CreatedAt, a.header.Get("Date")):
		return " with times of another membership"
	case !m.isExactly(text):
		return " with other fields or in another order"
	case !r.tellsAlike(path, string(text)):
		return " that was told otherwise before"
	}
	return ""
}

// wrongGrant compares a membership with what q asked for.
func wrongGrant(q request, text []byte) string {
	var asked, got grant
	if err := json.Unmarshal([]byte(q.body), &asked); err != nil {
		return " for a body that is no JSON"
	}
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, asked) {
		return " with other values"
	}
	return ""
}

// isExactly says whether the text is m and nothing more, white space aside.
func (m membership) isExactly(text []byte) bool {
	want, err := json.Marshal(m)
	var got bytes.Buffer
	return err == nil && json.Compact(&got, text) == nil && bytes.Equal(got.Bytes(), want)
}

// isAbout says whether a time is that of an HTTP date, give or take what clocks
// are wrong by.
func isAbout(timestamp, date string) bool {
	at, err := time.Parse(time.RFC3339, timestamp)
	now, dateErr := http.ParseTime(date)
	return err == nil && dateErr == nil && at.Sub(now).Abs() < time.Hour
}

// tellsAlike says whether all answers under the path have told the same.
func (r *runner) tellsAlike(path, text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, ok := r.told[path]; ok {
		return text == before
	}
	r.told[path] = text
	return true
}
