package faults_test

import (
	"fmt"
	"math"
	"reflect"

	"github.com/anishathalye/porcupine"

	"users-organizations/infra/local/localtest"
)

// The model says what each call may be answered, given what the pair's place in
// the table holds, and what it holds then. A history is right where its calls
// can be put in one order, each somewhere between its beginning and its end, in
// which every answer is what the model allows (linearizability).

// place is a pair's place in the table. The zero place is empty.
type place struct {
	taken bool
	// deletedAt is empty while the item is active.
	deletedAt string
	// writer is the id of the request that wrote the item.
	writer, caller, key string
	// asked is what it asked for: the membership without its times.
	asked string
	// createdAt is empty until an answer has told it.
	createdAt string
}

// step is one call with what is known of its end.
type step struct {
	kind    kind
	request localtest.Request
	// at is when the call began, or when what it deletes is deleted, as the table
	// writes it.
	at string
	// answered is false where nobody waited, or the answer was 503: the call may
	// have been carried out or not, or may yet be.
	answered bool
	answer   localtest.Answer
	// item is what was deleted or read.
	item *localtest.Item
}

// String is for whoever reads a history that nothing explains.
func (s step) String() string {
	text := string(s.kind)
	if s.kind == register {
		r := s.request
		text += fmt.Sprintf(" %s by %s, key %q, scope %d", r.ID, r.Caller, r.IdempotencyKey, r.Scope)
	}
	switch {
	case !s.answered:
		return text + ": not known"
	case s.kind == register:
		return fmt.Sprintf("%s: %d %s %s", text, s.answer.Status, s.answer.Headers["Idempotency-Replayed"], s.answer.Body)
	case s.item == nil:
		return text + ": nothing"
	}
	return fmt.Sprintf("%s: written by %s, %+v", text, s.item.RequestID, s.item.Membership)
}

type kind string

const (
	register kind = "register"
	remove   kind = "delete"
	read     kind = "read"
)

// next are the places that p may have become by s: none where s can't have
// happened.
func (p place) next(s step) []place {
	switch s.kind {
	case register:
		return p.register(s)
	case remove:
		return p.remove(s)
	default:
		return p.observe(s.item, p.taken == (s.item != nil))
	}
}

func (p place) register(s step) []place {
	r := s.request
	// own is an earlier attempt of this very call: as good as this one while it
	// is active, and not to be repeated once it is deleted.
	own := p.taken && p.writer == r.ID
	mine := p.taken && !own && r.IdempotencyKey != "" && p.key == r.IdempotencyKey && p.caller == r.Caller
	// A registration takes no place of a membership that was deleted since it was
	// asked for, which is some time after the call began.
	free := !p.taken || p.deleted() && !mine && !own
	since := p.deleted() && p.deletedAt >= s.at
	written := place{taken: true, writer: r.ID, caller: r.Caller, key: r.IdempotencyKey, asked: asked(r.Membership())}
	same := p.asked == written.asked

	switch status := s.answer.Status; {
	case !s.answered && free:
		return []place{p, written}
	case !s.answered:
		return []place{p}
	case status == 201 && s.answer.Headers["Idempotency-Replayed"] == "":
		data, err := s.answer.Data()
		return written.shows(data, err == nil && free && p.deletedAt < data.CreatedAt && data.DeletedAt == nil)
	case status == 201:
		data, err := s.answer.Data()
		return p.shows(data, err == nil && mine && !p.deleted() && same && data.DeletedAt == nil)
	case status == 409:
		c, err := s.answer.Conflict()
		inTheWay := p.taken && (!p.deleted() && !mine && !own || p.deleted() && (mine || own || since))
		return p.shows(c.Existing, err == nil && inTheWay && c.Identical == (same && !p.deleted()))
	case status == 422 && mine && !p.deleted() && !same:
		return []place{p}
	}
	return nil
}

func (p place) remove(s step) []place {
	active := p.taken && !p.deleted()
	gone := p
	gone.deletedAt = s.at
	switch {
	case !s.answered && active:
		return []place{p, gone}
	case !s.answered, s.item == nil && !active:
		return []place{p}
	case s.item == nil:
		return nil
	}
	seen := p.observe(s.item, active)
	for i := range seen {
		seen[i].deletedAt = s.at
	}
	return seen
}

// observe is p where somebody has read item in it.
func (p place) observe(item *localtest.Item, possible bool) []place {
	if item == nil {
		return only(p, possible)
	}
	return p.shows(item.Membership, possible && item.RequestID == p.writer && item.RegisteredBy == p.caller &&
		item.IdempotencyKey == p.key)
}

// shows is p where somebody has seen m of it.
func (p place) shows(m localtest.Membership, possible bool) []place {
	if p.createdAt == "" {
		p.createdAt = m.CreatedAt
	}
	return only(p, possible && asked(m) == p.asked && m.CreatedAt == p.createdAt &&
		deletedAt(m) == p.deletedAt && (m.UpdatedAt == m.CreatedAt || p.deleted()))
}

func (p place) deleted() bool { return p.deletedAt != "" }

// deletedAt is empty while m is active.
func deletedAt(m localtest.Membership) string {
	if m.DeletedAt == nil {
		return ""
	}
	return *m.DeletedAt
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

// stepOf is what a call of a history was.
func stepOf(call porcupine.Operation) step {
	s, _ := call.Input.(step)
	return s
}

// forever is the end of a call whose effect may still be to come.
const forever = math.MaxInt64
