// Package history keeps what has happened to each membership: an entry for each
// change in the stream of the table, in order, and an event for each entry. It
// imports neither the AWS SDK nor net/http.
package history

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"strconv"
	"strings"
	"time"

	"users-organizations/pkg/membership"
)

// Type says what a change did to a membership.
type Type string

// The types. The first four are the service's own operations.
const (
	Registered Type = "registered"
	Changed    Type = Type(membership.Changed)
	Removed    Type = Type(membership.Removed)
	Restored   Type = Type(membership.Restored)
	// Erased says that the item is gone. The service never deletes one.
	Erased Type = "erased"
	// Foreign says that another writer has changed the item.
	Foreign Type = "foreign"
)

// Pair names the history of a user in an organization by both ids, such as 7/1.
// Another writer of the table may use numbers that are not valid ids.
type Pair string

// PairOf returns the pair of a membership.
func PairOf(key membership.Key) Pair {
	return Pair(fmt.Sprintf("%d/%d", key.UserID, key.OrganizationID))
}

// Key returns the key of the pair's membership, or the zero Key where its numbers
// are not valid ids.
func (p Pair) Key() membership.Key {
	user, organization, _ := strings.Cut(string(p), "/")
	u, _ := strconv.ParseInt(user, 10, 64)
	o, _ := strconv.ParseInt(organization, 10, 64)
	if key := (membership.Key{UserID: u, OrganizationID: o}); PairOf(key) == p {
		return key
	}
	return membership.Key{}
}

// subject is the subject of the pair's events.
func (p Pair) subject() string {
	user, organization, _ := strings.Cut(string(p), "/")
	return "users/" + user + "/organizations/" + organization
}

// Entry is one change of a membership.
type Entry struct {
	Pair Pair
	// Sequence counts the entries of a pair, from 1 on and without a hole. It is
	// 0 for a change that has no entry yet.
	Sequence int64
	Type     Type
	// At is the operation's own time; for Erased and Foreign, the stream's.
	At time.Time
	// By is the user id of the caller, and RequestID is for tracing only. Both are
	// empty for Erased and Foreign.
	By, RequestID string
	// Before and After are nil where there is no membership, or an unreadable one.
	// Revision is the revision of After.
	Before, After *membership.Membership
	Revision      string
	// Gap says that changes between this entry and the one before are missing. The
	// first entry has it where the membership is older.
	Gap bool

	// EventID names the record of the stream. It is the same each time the record
	// comes.
	EventID string
	// Latest is the latest time that the stream has given to this change or to one
	// before it, to the millisecond. It never falls with the sequence.
	Latest time.Time
	// Unreadable says that the item was not a membership, before the change or after
	// it. The log keeps the unchanged record of the stream: Raw is that record in an
	// entry to append, and nil in an entry that was read.
	Unreadable bool
	Raw        []byte
}

// MarshalJSONTo writes the entry as callers and the consumers of events see it.
func (e Entry) MarshalJSONTo(out *jsontext.Encoder) error {
	var etag string
	if e.Revision != "" {
		etag = membership.ETag(e.Revision)
	}
	return json.MarshalEncode(out, struct {
		Sequence   *int64                 `json:"sequence"`
		Type       Type                   `json:"type"`
		At         string                 `json:"at"`
		By         *string                `json:"by"`
		RequestID  *string                `json:"requestId"`
		ETag       *string                `json:"etag"`
		Before     *membership.Membership `json:"before"`
		After      *membership.Membership `json:"after"`
		Gap        bool                   `json:"gap,omitzero"`
		Unreadable bool                   `json:"unreadable,omitzero"`
	}{
		Sequence: orNull(e.Sequence), Type: e.Type, At: membership.FormatTime(e.At),
		By: orNull(e.By), RequestID: orNull(e.RequestID), ETag: orNull(etag),
		Before: e.Before, After: e.After, Gap: e.Gap, Unreadable: e.Unreadable,
	})
}

// orNull is nil for a zero value, which JSON writes as null.
func orNull[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
