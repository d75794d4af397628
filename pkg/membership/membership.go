// Package membership holds the rules of memberships: which requests are valid, what
// a repeated or late request does, and what a store must guarantee. It imports
// neither the AWS SDK nor net/http.
package membership

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"slices"
	"time"

	"users-organizations/pkg/strictjson"
)

// Key names a membership. A user has at most one in each organization. Both ids are
// MinInteger to MaxInteger.
type Key struct{ UserID, OrganizationID int64 }

// Membership is the role and the permissions of a user in an organization.
type Membership struct {
	Key
	// Scope is the user's role, 1 or 2.
	Scope       int64
	Permissions Permissions
	// DeletedAt is zero while the membership is active.
	DeletedAt, UpdatedAt, CreatedAt time.Time
}

// Permissions are codes of the wider system, MinInteger to MaxInteger. This service
// does not know which codes exist, and checks only their form.
type Permissions struct {
	Group int64 `json:"group"`
	// Read and Manage hold 0 to MaxItems codes, in the order in which they came,
	// repeated ones included.
	Read   []int64 `json:"read"`
	Manage []int64 `json:"manage"`
}

// The range of every integer of a membership. A double holds all of these exactly,
// so every JSON parser reads the same number (RFC 7493, section 2.2).
const (
	MaxInteger = strictjson.MaxInteger
	MinInteger = -MaxInteger
)

// MaxItems is the largest number of codes in Read, and in Manage.
const MaxItems = 1000

// IsScope says whether n is the number of a role.
func IsScope(n int64) bool { return n == 1 || n == 2 }

// Active says whether the membership is not deleted. A deleted one grants nothing.
func (m Membership) Active() bool { return m.DeletedAt.IsZero() }

// grants says whether m and other give the user the same role and permissions.
func (m Membership) grants(other Membership) bool {
	return m.Scope == other.Scope &&
		m.Permissions.Group == other.Permissions.Group &&
		slices.Equal(m.Permissions.Read, other.Permissions.Read) &&
		slices.Equal(m.Permissions.Manage, other.Permissions.Manage)
}

// FormatTime writes t as responses and the table have it: RFC 3339 in UTC, with
// three digits of milliseconds and Z.
func FormatTime(t time.Time) string {
	// time.Time.Format with milliseconds takes three times as long.
	const digits = "0123456789"
	text := t.UTC().AppendFormat(make([]byte, 0, 32), time.RFC3339)
	ms := t.Nanosecond() / int(time.Millisecond)
	return string(append(text[:len(text)-len("Z")], '.', digits[ms/100], digits[ms/10%10], digits[ms%10], 'Z'))
}

// ParseTime reads the form that FormatTime writes, and refuses every other.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, err
	}
	if FormatTime(t) != s {
		return time.Time{}, fmt.Errorf("%q is not a time in UTC with three digits of milliseconds", s)
	}
	return t.UTC(), nil
}

// MarshalJSONTo writes the membership as callers see it.
func (m Membership) MarshalJSONTo(e *jsontext.Encoder) error {
	return json.MarshalEncode(e, m.wire(""))
}

// MarshalJSONTo writes the membership, and its revision as an ETag.
func (r Row) MarshalJSONTo(e *jsontext.Encoder) error {
	return json.MarshalEncode(e, r.wire(ETag(r.Revision)))
}

// wire is a membership as callers see it. They rely on its fields and their order.
type wire struct {
	UserID         int64       `json:"userId"`
	OrganizationID int64       `json:"organizationId"`
	Scope          int64       `json:"scope"`
	Permissions    Permissions `json:"permissions"`
	DeletedAt      *string     `json:"deletedAt"`
	UpdatedAt      string      `json:"updatedAt"`
	CreatedAt      string      `json:"createdAt"`
	ETag           string      `json:"etag,omitempty"`
}

func (m Membership) wire(etag string) wire {
	var deletedAt *string
	if !m.Active() {
		deletedAt = new(FormatTime(m.DeletedAt))
	}
	return wire{
		m.UserID, m.OrganizationID, m.Scope, m.Permissions,
		deletedAt, FormatTime(m.UpdatedAt), FormatTime(m.CreatedAt), etag,
	}
}
