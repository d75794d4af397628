package history

import (
	"reflect"
	"time"

	"users-organizations/pkg/membership"
)

// Image is an item at one moment: a membership, no item, or an item that is not a
// membership.
type Image struct {
	// Record is nil where there is no membership.
	Record     *membership.Record
	Unreadable bool
}

func (i Image) isAbsent() bool { return i.Record == nil && !i.Unreadable }

// Change is one change of an item, as a record of the table's stream shows it.
type Change struct {
	Pair Pair
	// EventID names the record. At is the approximate time of the change, or zero
	// where the record has none. Both are the same each time the record comes.
	EventID string
	At      time.Time
	// Before and After are the item before and after the change. Both are
	// unreadable where the record does not show them.
	Before, After Image
	// Raw is the unchanged record, where Before or After is unreadable.
	Raw []byte
}

// kind depends on the two images alone, not on earlier entries. A change that the
// service can't have made is Foreign.
func (c Change) kind() Type {
	switch {
	case c.After.isAbsent():
		return Erased
	case c.Before.Unreadable, c.After.Unreadable:
		return Foreign
	case c.isRegistration():
		return Registered
	case c.Before.Record != nil && c.isReplacement():
		return Type(c.After.Record.Last.Operation)
	}
	return Foreign
}

// maxDelay is far longer than a registration takes to reach the table. An older
// registration is a copy that another writer has put back.
const maxDelay = time.Hour

// isRegistration says whether After is what a registration writes, and may replace
// Before.
func (c Change) isRegistration() bool {
	n, old := *c.After.Record, c.Before.Record
	return c.At.Sub(n.CreatedAt) < maxDelay && n.Last == (membership.LastChange{}) && n.Active() && n.CreatedAt.Equal(n.UpdatedAt) &&
		(old == nil || n.MayTake(*old))
}

// isReplacement says whether the operation that After names turns Before into After.
func (c Change) isReplacement() bool {
	n, old := *c.After.Record, *c.Before.Record
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
	return n.Active() != removed && r.Applies(old) && reflect.DeepEqual(r.Apply(old), n)
}

// entry makes the entry of the change. It follows newest, the latest entry of the
// pair, or is the first where newest is nil.
func (c Change) entry(newest *Entry) Entry {
	e := Entry{
		Pair: c.Pair, Sequence: 1, Type: c.kind(), At: c.At,
		EventID: c.EventID, Latest: c.At,
		Unreadable: c.Raw != nil, Raw: c.Raw,
	}
	if newest != nil {
		e.Sequence = newest.Sequence + 1
		if newest.Latest.After(e.Latest) {
			e.Latest = newest.Latest
		}
	}
	e.Gap = !newest.endsWith(c.Before)
	if r := c.Before.Record; r != nil {
		e.Before = &r.Membership
	}
	if r := c.After.Record; r != nil {
		e.After, e.Revision = &r.Membership, r.Revision()
		e.setOrigin(*r)
	}
	return e
}

// setOrigin adds the time, caller and request of an operation of the service.
func (e *Entry) setOrigin(r membership.Record) {
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

// endsWith says whether the entry leaves the item as i shows it. A nil entry leaves
// no item. Two unreadable items count as the same.
func (e *Entry) endsWith(i Image) bool {
	switch {
	case e == nil || e.Type == Erased:
		return i.isAbsent()
	case e.After == nil:
		return i.Unreadable
	case i.Record == nil:
		return false
	}
	return e.Revision == i.Record.Revision() && reflect.DeepEqual(*e.After, i.Record.Membership)
}
