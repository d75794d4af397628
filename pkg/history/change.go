package history

import (
	"reflect"
	"time"

	"users-organizations/pkg/membership"
)

// Change is what a record of the table's stream says.
type Change struct {
	Pair Pair
	// EventID names the record, and At is about when the stream saw the change.
	// Both are the same each time the record comes.
	EventID string
	At      time.Time
	// Old and New are the item before and after; nil where there was none, or what
	// is no membership.
	Old, New                     *membership.Record
	OldUnreadable, NewUnreadable bool
	// Raw is the record as it came, where one of both is unreadable.
	Raw []byte
}

// kind judges a change by its images alone, so that it does not matter what was
// recorded before. What the service can't have written is Foreign.
func (c Change) kind() Type {
	switch {
	case c.NewUnreadable:
		return Foreign
	case c.New == nil:
		return Erased
	case c.OldUnreadable:
		return Foreign
	case c.isRegistration():
		return Registered
	case c.Old != nil && c.isReplacement():
		return Type(c.New.Last.Operation)
	}
	return Foreign
}

// maxDelay is far more than a registration takes from its time to the table. An
// older one is a copy that somebody has put back.
const maxDelay = time.Hour

// isRegistration says whether New is as a registration leaves an item, in a
// place that it may take.
func (c Change) isRegistration() bool {
	n := *c.New
	return c.At.Sub(n.CreatedAt) < maxDelay && n.Last == (membership.LastChange{}) && n.Active() && n.CreatedAt.Equal(n.UpdatedAt) &&
		(c.Old == nil || n.MayTake(*c.Old))
}

// isReplacement says whether New is what the operation that it names makes of Old.
func (c Change) isReplacement() bool {
	n := *c.New
	r := membership.Replacement{
		Key: n.Key, Last: n.Last, RequestID: n.RequestID, At: n.UpdatedAt,
		Grant: membership.Grant{
			Scope: &n.Scope, Group: &n.Permissions.Group, Read: n.Permissions.Read, Manage: n.Permissions.Manage,
		},
	}
	removed := n.Last.Operation == membership.Removed
	if removed {
		r.At = n.DeletedAt
	}
	return n.Active() != removed && r.Applies(*c.Old) && reflect.DeepEqual(r.Apply(*c.Old), n)
}

// entry is what is appended for the change after newest, the latest entry of the
// pair, which is nil where there is none.
func (c Change) entry(newest *Entry) Entry {
	e := Entry{
		Pair: c.Pair, Sequence: 1, Type: c.kind(), At: c.At,
		EventID: c.EventID, Latest: c.At,
		Unreadable: c.Raw != nil, Raw: c.Raw,
	}
	if newest != nil {
		e.Sequence = newest.Sequence + 1
		e.Gap = !newest.leadsTo(c)
		if newest.Latest.After(e.Latest) {
			e.Latest = newest.Latest
		}
	}
	if c.Old != nil {
		e.Before = &c.Old.Membership
	}
	if c.New != nil {
		e.After, e.Revision = &c.New.Membership, c.New.Revision()
		e.sign(*c.New)
	}
	return e
}

// sign says when the service's own operation was asked for, and by whom.
func (e *Entry) sign(r membership.Record) {
	switch e.Type {
	case Registered:
		e.At, e.By = r.CreatedAt, r.RegisteredBy
	case Changed, Restored:
		e.At, e.By = r.UpdatedAt, r.Last.ChangedBy
	case Removed:
		e.At, e.By = r.DeletedAt, r.Last.ChangedBy
	case Erased, Foreign:
		return
	}
	e.RequestID = r.RequestID
}

// leadsTo says whether the change begins where e ends. What is unreadable can't
// be compared.
func (e Entry) leadsTo(c Change) bool {
	return e.endsUnreadable() || c.OldUnreadable || e.shows(c.Old)
}

// endsUnreadable says that the item is there after the change, and is no membership.
func (e Entry) endsUnreadable() bool { return e.Unreadable && e.After == nil && e.Type != Erased }

// shows says whether the entry ends with r, which is nil where there is no item.
func (e Entry) shows(r *membership.Record) bool {
	if e.After == nil || r == nil {
		return e.After == nil && r == nil
	}
	return e.Revision == r.Revision() && reflect.DeepEqual(*e.After, r.Membership)
}
