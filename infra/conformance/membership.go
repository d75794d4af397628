package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"time"
)

// grant is the body of a registration or a change.
type grant struct {
	Scope       float64 `json:"scope"`
	Permissions struct {
		Group  float64   `json:"group"`
		Read   []float64 `json:"read"`
		Manage []float64 `json:"manage"`
	} `json:"permissions"`
}

// membership is the form of a membership in a response: these seven fields, in
// this order, and the ETag in the row of a list.
type membership struct {
	UserID         json.Number `json:"userId"`
	OrganizationID json.Number `json:"organizationId"`
	grant
	DeletedAt *string `json:"deletedAt"`
	UpdatedAt string  `json:"updatedAt"`
	CreatedAt string  `json:"createdAt"`
	ETag      *string `json:"etag,omitempty"`
}

func (m membership) pair() pair { return pair{m.UserID.String(), m.OrganizationID.String()} }

// membership reads a membership from a response, and says what is wrong with it.
// It must be of the pair and of this run, and always the same under the same
// ETag: its own, or else etag.
func (r *runner) membership(of pair, a *response, etag string, text []byte) (membership, string) {
	var m membership
	if err := json.Unmarshal(text, &m); err != nil {
		return m, " that can't be read: " + err.Error()
	}
	if m.ETag != nil {
		etag = *m.ETag
	}
	date := a.header.Get("Date")
	switch {
	case m.pair() != of:
		return m, " of another pair"
	case !isAbout(m.CreatedAt, date) || !isAbout(m.UpdatedAt, date) || m.DeletedAt != nil && !isAbout(*m.DeletedAt, date):
		return m, " with times of another membership"
	case !m.isExactly(text):
		return m, " with other fields or in another order"
	}
	m.ETag = nil
	seven, err := json.Marshal(m)
	if err != nil || !r.isConsistent(of, etag, string(seven), a.status < http.StatusBadRequest) {
		return m, " that differs from an earlier response"
	}
	return m, ""
}

// wrongGrant compares a membership with the body of q.
func wrongGrant(q request, text []byte) string {
	if q.body == "" {
		return ""
	}
	var asked, got grant
	// A change keeps the members that it does not name.
	if errors.Join(json.Unmarshal(text, &got), json.Unmarshal(text, &asked), json.Unmarshal([]byte(q.body), &asked)) != nil ||
		!reflect.DeepEqual(got, asked) {
		return " with other values"
	}
	return ""
}

// isExactly reports whether the text is m and nothing more, ignoring white space.
func (m membership) isExactly(text []byte) bool {
	want, err := json.Marshal(m)
	var got bytes.Buffer
	return err == nil && json.Compact(&got, text) == nil && bytes.Equal(got.Bytes(), want)
}

// isAbout reports whether a timestamp is within an hour of an HTTP date, since
// clocks differ.
func isAbout(timestamp, date string) bool {
	at, err := time.Parse(time.RFC3339, timestamp)
	now, dateErr := http.ParseTime(date)
	return err == nil && dateErr == nil && at.Sub(now).Abs() < time.Hour
}

// isConsistent reports whether all responses show the same membership of the
// pair under the ETag, and under no other ETag. A replay may lack an ETag. With
// keep, later responses are compared with this one.
func (r *runner) isConsistent(of pair, etag, text string, keep bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := of.user + "/" + of.organization + " "
	same := func(key, value string) bool {
		before, known := r.seen[key]
		if keep && !known {
			r.seen[key] = value
		}
		return !known || before == value
	}
	return etag == "" || same(name+etag, text) && same(name+text, etag)
}
