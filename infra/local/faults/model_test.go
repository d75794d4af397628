package faults_test

import (
	"fmt"
	"math"
	"reflect"

	"github.com/anishathalye/porcupine"

	"users-organizations/infra/local/localtest"
)

// The model says which responses a call may get where a pair's place in the table
// has a given content, and which content it then has. A history is right if its
// calls can be put in one order, each between its start and its end, in which the
// model allows every response (linearizability).

// place is a pair's place in the table. The zero place is empty. A field is also
// empty while it is unknown: until a response shows it.
type place struct {
	taken bool
	// writer is the id of the registration's request, with its caller and key.
	writer, caller, key string
	// registered is the membership as it was registered, asked as it is now, both
	// without times.
	registered, asked    string
	createdAt, updatedAt string
	deleted              bool
	deletedAt            string
	revision             string // an ETag
	// last is the last write after the registration, if any.
	last write
}

// write is a change, a removal or a restoration.
type write struct {
	// wish is what caller asked for; previous is the revision it applied to.
	wish, caller, previous string
	request                string // its id
}

// step is one call with what is known of its result.
type step struct {
	kind    kind
	request localtest.Request
	// began and ended are the call's times in the table's form; ended is empty if it
	// may not have ended.
	began, ended string
	// responded is false if nobody waited, or if the response was a 503: the call may
	// have an effect or not, now or later.
	responded bool
	response  localtest.Response
	// item is the table's item at the end, of a read.
	item *localtest.Item
}

// String is a line of a history that no order explains.
func (s step) String() string {
	r := s.request
	text := fmt.Sprintf("%s %s by %s", s.kind, r.ID, r.Caller)
	switch {
	case s.kind == register:
		text += fmt.Sprintf(", key %q, scope %d", r.IdempotencyKey, r.Scope)
	case s.kind == change:
		text += fmt.Sprintf(", of %s, scope %d", r.IfMatch, r.Scope)
	case s.kind != read:
		text += ", of " + r.IfMatch
	}
	switch {
	case s.kind == read && s.item == nil:
		return "the table: nothing"
	case s.kind == read:
		return fmt.Sprintf("the table: written by %s, %+v", s.item.RequestID, *s.item)
	case !s.responded:
		return text + ": unknown"
	}
	return fmt.Sprintf("%s: %d %s %s %s", text, s.response.Status, s.response.Headers["Idempotency-Replayed"], s.response.ETag(), s.response.Body)
}

type kind string

const (
	register kind = "register"
	get      kind = "get"
	change   kind = "change"
	remove   kind = "remove"
	restore  kind = "restore"
	read     kind = "read"
)

// wish is what a change, a removal or a restoration asks for.
func (s step) wish() string {
	if s.kind == change {
		return fmt.Sprint(s.kind, s.request.Scope)
	}
	return string(s.kind)
}

// next gives the places that p may be after s; none if s can't have happened.
func (p place) next(s step) []place {
	switch s.kind {
	case register:
		return p.register(s)
	case get:
		return p.get(s)
	case read:
		return p.observe(s.item)
	default:
		return p.write(s)
	}
}

func (p place) register(s step) []place {
	r := s.request
	// own: an earlier attempt of this call has stored the item. It counts as this
	// one's while active, and must not be repeated once deleted.
	own := p.taken && p.writer == r.ID
	mine := p.taken && !own && r.IdempotencyKey != "" && p.key == r.IdempotencyKey && p.caller == r.Caller
	free := !p.taken || p.deleted && !mine && !own
	wanted := asked(r.Membership())
	written := place{taken: true, writer: r.ID, caller: r.Caller, key: r.IdempotencyKey, registered: wanted, asked: wanted}

	switch status := s.response.Status; {
	case !s.responded && free && (p.deletedAt == "" || s.ended == "" || p.deletedAt < s.ended):
		return []place{p, written}
	case !s.responded:
		return []place{p}
	case status == 201 && s.response.Headers["Idempotency-Replayed"] == "":
		data, err := s.response.Data()
		anew := err == nil && free && p.deletedAt < data.CreatedAt
		// An item that an earlier attempt stored may have changed since: the response
		// then has no ETag.
		written.createdAt, written.updatedAt, written.revision = data.CreatedAt, data.CreatedAt, s.response.ETag()
		return only(written, anew && asked(data) == wanted && data.UpdatedAt == data.CreatedAt && data.DeletedAt == nil)
	case status == 201:
		data, err := s.response.Data()
		return p.replays(data, s.response.ETag(), err == nil && mine && !p.deleted && p.registered == wanted)
	case status == 409:
		c, err := s.response.Conflict()
		// A registration does not replace a membership that was deleted after the
		// registration was asked for, which is some time after the call began.
		since := p.deleted && (p.deletedAt == "" || p.deletedAt >= s.began)
		inTheWay := p.taken && (!p.deleted && !mine && !own || p.deleted && (mine || own || since))
		return p.shows(c.Existing, s.response.ETag(), err == nil && inTheWay && c.Identical == (p.asked == wanted && !p.deleted))
	case status == 422:
		return only(p, mine && !p.deleted && p.registered != wanted)
	}
	return nil
}

// replays is p if a registration can get its first response m again. It has an ETag
// only if nothing has changed since.
func (p place) replays(m localtest.Membership, etag string, possible bool) []place {
	if p.last != (write{}) {
		possible = possible && etag == ""
	} else {
		p.revision, possible = bind(p.revision, etag, possible)
	}
	p.createdAt, possible = bind(p.createdAt, m.CreatedAt, possible)
	return only(p, possible && asked(m) == p.registered && m.UpdatedAt == m.CreatedAt && m.DeletedAt == nil)
}

func (p place) get(s step) []place {
	switch {
	case !s.responded:
		return []place{p}
	case s.response.Status == 404:
		return only(p, !p.taken)
	}
	data, err := s.response.Data()
	return p.shows(data, s.response.ETag(), err == nil && p.taken && s.response.Status == 200)
}

// write is next for a change, a removal or a restoration.
func (p place) write(s step) []place {
	fits := p.taken && p.deleted == (s.kind == restore)
	own := p.last.wish == s.wish() && p.last.caller == s.request.Caller &&
		(p.last.previous == s.request.IfMatch || s.request.IfMatch == "*")
	if !s.responded {
		return append([]place{p}, p.applied(s, fits)...)
	}
	switch s.response.Status {
	case 200:
		data, err := s.response.Data()
		if s.response.Headers["Idempotency-Replayed"] != "" {
			return p.shows(data, s.response.ETag(), err == nil && own)
		}
		var all []place
		for _, q := range p.applied(s, fits) {
			all = append(all, q.shows(data, s.response.ETag(), err == nil)...)
		}
		switch {
		case s.kind == remove && p.deleted && (!own || s.request.IfMatch == "*"):
			all = append(all, p.shows(data, s.response.ETag(), err == nil)...)
		case s.kind == restore && p.taken && !p.deleted && !own:
			for _, q := range p.named(s.request.IfMatch) {
				all = append(all, q.shows(data, s.response.ETag(), err == nil)...)
			}
		}
		return all
	case 404:
		return only(p, !p.taken || s.kind == change && p.deleted)
	case 412:
		c, err := s.response.Conflict()
		stale := p.taken && (p.deleted == (s.kind == restore) || s.kind == restore)
		if s.request.IfMatch != "*" {
			stale = stale && !own && p.revision != s.request.IfMatch && s.response.ETag() != s.request.IfMatch
		}
		return p.shows(c.Existing, s.response.ETag(), err == nil && stale)
	}
	return nil
}

// named is p if it has or may have the revision.
func (p place) named(revision string) []place {
	if revision == "*" {
		return []place{p}
	}
	var possible bool
	p.revision, possible = bind(p.revision, revision, true)
	return only(p, possible)
}

// applied gives the places after s has changed p.
func (p place) applied(s step, possible bool) []place {
	if !possible {
		return nil
	}
	all := p.named(s.request.IfMatch)
	for i, q := range all {
		q.last = write{wish: s.wish(), caller: s.request.Caller, previous: q.revision, request: s.request.ID}
		q.revision = ""
		switch s.kind {
		case change:
			m := localtest.Request{User: s.request.User, Organization: s.request.Organization, Scope: s.request.Scope, Group: watchedGroup, Manage: []int64{1, 2}}
			q.asked, q.updatedAt = asked(m.Membership()), ""
		case remove:
			q.deleted, q.deletedAt = true, ""
		case restore:
			q.deleted, q.deletedAt, q.updatedAt = false, "", ""
		case register, get, read:
		}
		all[i] = q
	}
	return all
}

// observe is p if item can have been read from it.
func (p place) observe(item *localtest.Item) []place {
	if item == nil {
		return only(p, !p.taken)
	}
	writer, revision := p.writer, item.Mark
	if p.last != (write{}) {
		writer, revision = p.last.request, item.Revision
	}
	return p.shows(item.Membership, `"`+revision+`"`, p.taken && item.RequestID == writer && item.RegisteredBy == p.caller &&
		item.IdempotencyKey == p.key && item.ChangedBy == p.last.caller && (item.Revision != "") == (p.last != (write{})))
}

// shows is p if a response can show its membership as m, with its revision.
func (p place) shows(m localtest.Membership, etag string, possible bool) []place {
	possible = possible && asked(m) == p.asked && p.deleted == (m.DeletedAt != nil)
	p.createdAt, possible = bind(p.createdAt, m.CreatedAt, possible)
	if p.last == (write{}) {
		possible = possible && m.UpdatedAt == m.CreatedAt
	}
	p.updatedAt, possible = bind(p.updatedAt, m.UpdatedAt, possible)
	if m.DeletedAt != nil {
		p.deletedAt, possible = bind(p.deletedAt, *m.DeletedAt, possible)
	}
	p.revision, possible = bind(p.revision, etag, possible)
	return only(p, possible && etag != "")
}

// bind sets a value that is not known yet, and compares one that is.
func bind(known, seen string, possible bool) (string, bool) {
	if known == "" {
		return seen, possible
	}
	return known, possible && known == seen
}

func only(p place, possible bool) []place {
	if !possible {
		return nil
	}
	return []place{p}
}

func asked(m localtest.Membership) string {
	return fmt.Sprint(m.UserID, m.OrganizationID, m.Scope, m.Permissions)
}

var model = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{place{}} },
	Step: func(state, input, _ any) []any {
		p, _ := state.(place)
		s, _ := input.(step)
		var states []any
		for _, next := range p.next(s) {
			states = append(states, next)
		}
		return states
	},
	Equal: reflect.DeepEqual,
}).ToModel()

// stepOf is the step of a call of a history.
func stepOf(call porcupine.Operation) step {
	s, _ := call.Input.(step)
	return s
}

// forever is the end of a call that may still have an effect.
const forever = math.MaxInt64
