package membershiptest

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"users-organizations/pkg/membership"
)

// Table is a store that other writers write to as well.
type Table interface {
	membership.Store
	membership.Replacer
	membership.Reader
	// Put stores r, as another writer may, whatever record the pair has.
	Put(ctx context.Context, r membership.Record) error
}

// TestTable tests that a store keeps the contract of its interfaces, directly and
// below the services. It uses random pairs alone, so that other tests may share the
// table, and the table may hold other memberships.
func TestTable(t *testing.T, table Table) { //nolint:tparallel // the caller decides whether it runs in parallel
	t.Helper()
	for name, test := range map[string]func(suite, *testing.T){
		"stores the whole record, and returns it to the second caller":     suite.wholeRecord,
		"stores, compares and shows every field of a registration":         suite.everyField,
		"keeps the extreme ids and the largest valid record exactly":       suite.extremes,
		"lets one of 100 parallel registrations of a pair through":         suite.race,
		"lets 100 parallel registrations of 100 pairs through":             suite.noFalseConflict,
		"lets one of 100 parallel registrations replace a deleted one":     suite.raceAfterDeletion,
		"distinguishes two callers with the same request id":               suite.sameRequestID,
		"replays the first response to the same key of the same caller":    suite.replay,
		"stores one membership for 100 parallel calls with one key":        suite.parallelReplay,
		"refuses the same key with another request":                        suite.reusedKey,
		"takes the same key of another caller as another key":              suite.anotherCallersKey,
		"takes the same key for another pair as another key":               suite.anotherPairsKey,
		"recognizes the record of an earlier attempt to register":          suite.ownMark,
		"registers anew after a soft deletion, and names what it replaced": suite.afterDeletion,
		"does not undo a deletion for a late retry":                        suite.lateRetry,
		"does not undo a deletion for a late attempt":                      suite.lateAttempt,
		"does not undo a deletion for an attempt from before others":       suite.lateOverGenerations,
		"changes, removes and restores the revision that is named":         suite.change,
		"decides the result of a late write":                               suite.settles,
		"recognizes the record of an earlier attempt to change":            suite.ownAttempt,
		"lets one of 100 different writes of a revision through":           suite.raceToChange,
		"writes once for 100 equal writes of one caller":                   suite.parallelRetries,
		"refuses to change a pair without a membership":                    suite.nothingToChange,
		"removes any revision where none is named":                         suite.removesAny,
		"changes a record of the first release by its mark":                suite.marksAreRevisions,
		"gets a membership, and a deleted one on request":                  suite.gets,
		"lists each once and in order, for every page size and filter":     suite.lists,
		"keeps a page of the largest memberships within a response":        suite.largest,
		"lists the memberships of an unknown id as an empty page":          suite.emptyLists,
		"counts on request, and up to a limit":                             suite.totals,
		"lists each once while memberships come and go":                    suite.churn,
		"replaces a deleted membership for the same key of another caller": suite.deletedAnotherCaller,
		"is unavailable when the time of the caller is over":               suite.timeOver,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(suite{
				table,
				&membership.RegisterService{Store: table, Now: time.Now, NewMark: membership.NewMark},
				&membership.ChangeService{Store: table, Now: time.Now, NewRevision: membership.NewMark},
				&membership.ReadService{Store: table},
			}, t)
		})
	}
}

type suite struct {
	table   Table
	service *membership.RegisterService
	changes *membership.ChangeService
	reads   *membership.ReadService
}

// wanted is a registration of a new pair.
func wanted() membership.Registration {
	return membership.Registration{
		UserID: rand.Int64N(membership.MaxInteger), OrganizationID: -rand.Int64N(membership.MaxInteger),
		Scope:       2,
		Permissions: membership.Permissions{Group: -7, Read: []int64{3, 1, 3}, Manage: []int64{}},
	}
}

var ada = membership.Origin{CallerID: "ada", RequestID: "request-1"}

func (s suite) register(t *testing.T, reg membership.Registration, from membership.Origin) membership.RegisterResult {
	t.Helper()
	out, err := s.service.Register(t.Context(), reg, from)
	if err != nil {
		t.Fatalf("Register(%+v): %v", reg, err)
	}
	return out
}

// record is what Register would store for reg.
func record(reg membership.Registration) membership.Record {
	at := time.Date(2024, 12, 9, 14, 23, 0, 7e6, time.UTC)
	return membership.Record{
		Key: reg.Key, Scope: reg.Scope, Permissions: reg.Permissions,
		CreatedAt: at, UpdatedAt: at,
		RegisteredBy: "ada", RequestID: "request-1", Mark: membership.NewMark(),
	}
}

func (s suite) stored(t *testing.T, key membership.Key) membership.Record {
	t.Helper()
	r, err := s.table.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return r
}

// remove deletes a membership an hour after its registration, and sets the clock of
// registrations to an hour later.
func (s suite) remove(t *testing.T, reg membership.Registration) membership.Record {
	t.Helper()
	deleted := s.stored(t, reg.Key)
	deleted.DeletedAt = deleted.CreatedAt.Add(time.Hour)
	deleted.UpdatedAt = deleted.DeletedAt
	if err := s.table.Put(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	s.service.Now = func() time.Time { return deleted.DeletedAt.Add(time.Hour) }
	return deleted
}

func (s suite) wholeRecord(t *testing.T) {
	t.Helper()
	r := record(wanted())
	r.IdempotencyKey, r.RequestHash = `a"key\`, "hash"
	replaced, err := s.table.Create(t.Context(), r)
	if err != nil || replaced != nil {
		t.Fatalf("Create = %+v, %v, want nil, nil", replaced, err)
	}
	var occupied *membership.OccupiedError
	if _, err = s.table.Create(t.Context(), r); !errors.As(err, &occupied) {
		t.Fatalf("a second Create: %v, want an OccupiedError", err)
	}
	if !reflect.DeepEqual(occupied.Record, r) {
		t.Errorf("stored\n%+v, want\n%+v", occupied.Record, r)
	}
}

func (s suite) extremes(t *testing.T) {
	t.Helper()
	full := make([]int64, membership.MaxItems)
	for i := range full {
		full[i] = membership.MinInteger
	}
	for _, id := range []int64{membership.MinInteger, 0, membership.MaxInteger} {
		r := record(wanted())
		r.UserID = id
		r.Permissions = membership.Permissions{Group: membership.MaxInteger, Read: full, Manage: full}
		r.RegisteredBy = strings.Repeat("~", 128)
		r.IdempotencyKey, r.RequestHash = strings.Repeat("k", 255), strings.Repeat("f", 64)
		if _, err := s.table.Create(t.Context(), r); err != nil {
			t.Fatalf("user %d: %v", id, err)
		}
		var occupied *membership.OccupiedError
		if _, err := s.table.Create(t.Context(), r); !errors.As(err, &occupied) || !reflect.DeepEqual(occupied.Record, r) {
			t.Errorf("user %d: stored another record, or none: %v", id, err)
		}
	}
}

// inParallel makes 100 calls at once and counts their outcomes.
func inParallel(call func(i int) string) map[string]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	gate := make(chan struct{})
	seen := map[string]int{}
	for i := range 100 {
		wg.Go(func() {
			<-gate
			outcome := call(i)
			mu.Lock()
			defer mu.Unlock()
			seen[outcome]++
		})
	}
	close(gate)
	wg.Wait()
	return seen
}

// registerOutcome is the result of a registration in a word.
func registerOutcome(out membership.RegisterResult, err error) string {
	var exists *membership.ExistsError
	switch {
	case errors.As(err, &exists):
		return "exists"
	case err != nil:
		return err.Error()
	case out.Replayed:
		return "replayed"
	case out.Replaced != nil:
		return "replaced"
	}
	return "created"
}

func expect(t *testing.T, got, want map[string]int) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func (s suite) race(t *testing.T) {
	t.Helper()
	reg := wanted()
	seen := inParallel(func(i int) string {
		mine := reg
		mine.Permissions.Group = int64(i)
		out, err := s.service.Register(t.Context(), mine, ada)
		return registerOutcome(out, err)
	})
	expect(t, seen, map[string]int{"created": 1, "exists": 99})
}

func (s suite) noFalseConflict(t *testing.T) {
	t.Helper()
	user := wanted().UserID
	seen := inParallel(func(i int) string {
		reg := wanted()
		reg.UserID, reg.OrganizationID = user, int64(i)
		out, err := s.service.Register(t.Context(), reg, ada)
		return registerOutcome(out, err)
	})
	expect(t, seen, map[string]int{"created": 100})
}

func (s suite) raceAfterDeletion(t *testing.T) {
	t.Helper()
	reg := wanted()
	s.register(t, reg, ada)
	s.remove(t, reg)
	seen := inParallel(func(int) string {
		out, err := s.service.Register(t.Context(), reg, ada)
		return registerOutcome(out, err)
	})
	expect(t, seen, map[string]int{"replaced": 1, "exists": 99})
}

func (s suite) sameRequestID(t *testing.T) {
	t.Helper()
	reg := wanted()
	s.register(t, reg, membership.Origin{CallerID: "ada", RequestID: "chosen"})
	out, err := s.service.Register(t.Context(), reg, membership.Origin{CallerID: "bob", RequestID: "chosen"})
	if got := registerOutcome(out, err); got != "exists" {
		t.Errorf("the second caller: %s, want exists", got)
	}
}

func (s suite) replay(t *testing.T) {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "k"
	first := s.register(t, reg, ada)

	// A later change by another writer does not change the replayed response.
	changed := s.stored(t, reg.Key)
	changed.Scope, changed.UpdatedAt = 1, changed.UpdatedAt.Add(time.Hour)
	if err := s.table.Put(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	s.service.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	again := s.register(t, reg, membership.Origin{CallerID: "ada", RequestID: "request-2"})
	if !again.Replayed || !reflect.DeepEqual(again.Membership, first.Membership) {
		t.Errorf("replayed\n%+v, want\n%+v", again, first.Membership)
	}
	if now := s.stored(t, reg.Key); !reflect.DeepEqual(now, changed) {
		t.Errorf("the replay changed the record to\n%+v, from\n%+v", now, changed)
	}
}

func (s suite) parallelReplay(t *testing.T) {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "k"
	seen := inParallel(func(int) string {
		out, err := s.service.Register(t.Context(), reg, ada)
		return registerOutcome(out, err)
	})
	expect(t, seen, map[string]int{"created": 1, "replayed": 99})
}

func (s suite) reusedKey(t *testing.T) {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "k"
	s.register(t, reg, ada)
	for name, change := range map[string]func(*membership.Registration){
		"scope":           func(r *membership.Registration) { r.Scope = 1 },
		"group":           func(r *membership.Registration) { r.Permissions.Group++ },
		"order of read":   func(r *membership.Registration) { r.Permissions.Read = []int64{1, 3, 3} },
		"length of read":  func(r *membership.Registration) { r.Permissions.Read = []int64{3, 1} },
		"manage for read": func(r *membership.Registration) { p := &r.Permissions; p.Read, p.Manage = p.Manage, p.Read },
	} {
		other := reg
		other.Permissions.Read = slices.Clone(reg.Permissions.Read)
		change(&other)
		if _, err := s.service.Register(t.Context(), other, ada); !errors.Is(err, membership.ErrKeyReused) {
			t.Errorf("another %s: %v, want ErrKeyReused", name, err)
		}
	}
}

func (s suite) anotherCallersKey(t *testing.T) {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "k"
	s.register(t, reg, ada)
	out, err := s.service.Register(t.Context(), reg, membership.Origin{CallerID: "bob", RequestID: "request-1"})
	var exists *membership.ExistsError
	if !errors.As(err, &exists) || !exists.Identical {
		t.Errorf("another caller: %+v, %v, want an ExistsError that is identical", out, err)
	}
}

func (s suite) anotherPairsKey(t *testing.T) {
	t.Helper()
	for range 2 {
		reg := wanted()
		reg.IdempotencyKey = "k"
		if out := s.register(t, reg, ada); out.Replayed {
			t.Error("replayed for another pair")
		}
	}
}

func (s suite) ownMark(t *testing.T) {
	t.Helper()
	reg := wanted()
	s.service.NewMark = func() string { return "the mark of one call" }
	s.service.Now = func() time.Time { return time.Date(2024, 1, 15, 8, 45, 0, 0, time.UTC) }
	first := s.register(t, reg, ada)
	again := s.register(t, reg, ada)
	first.ReplacedUnknown = true
	if !reflect.DeepEqual(again, first) {
		t.Errorf("got %+v, want %+v", again, first)
	}
}

func (s suite) afterDeletion(t *testing.T) {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "first"
	s.register(t, reg, ada)
	deleted := s.remove(t, reg)

	reg.IdempotencyKey = ""
	later := deleted.DeletedAt.Add(time.Hour)
	s.service.Now = func() time.Time { return later }
	out := s.register(t, reg, membership.Origin{CallerID: "bob", RequestID: "request-2"})
	want := &membership.Replaced{
		CreatedAt:    membership.FormatTime(deleted.CreatedAt),
		DeletedAt:    membership.FormatTime(deleted.DeletedAt),
		RegisteredBy: "ada",
	}
	if !reflect.DeepEqual(out.Replaced, want) {
		t.Errorf("Replaced = %+v, want %+v", out.Replaced, want)
	}
	now := s.stored(t, reg.Key)
	if !now.Active() || !now.CreatedAt.Equal(later) || !now.UpdatedAt.Equal(later) ||
		now.RegisteredBy != "bob" || now.IdempotencyKey != "" || now.RequestHash != "" {
		t.Errorf("parts of the deleted record are left: %+v", now)
	}
}

func (s suite) lateRetry(t *testing.T) {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "k"
	s.register(t, reg, ada)
	deleted := s.remove(t, reg)
	for _, scope := range []int64{reg.Scope, 1} {
		retry := reg
		retry.Scope = scope
		_, err := s.service.Register(t.Context(), retry, ada)
		var exists *membership.ExistsError
		if !errors.As(err, &exists) || !exists.Existing.DeletedAt.Equal(deleted.DeletedAt) || exists.Identical {
			t.Errorf("scope %d: %v, want an ExistsError with deletedAt that is not identical", scope, err)
		}
	}
	reg.IdempotencyKey = "another"
	if out := s.register(t, reg, ada); out.Replaced == nil {
		t.Error("a new key did not register anew")
	}
}

func (s suite) lateAttempt(t *testing.T) {
	t.Helper()
	r := record(wanted())
	if _, err := s.table.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	deleted := r
	deleted.DeletedAt = r.CreatedAt.Add(time.Second)
	if err := s.table.Put(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	_, err := s.table.Create(t.Context(), r)
	var occupied *membership.OccupiedError
	if !errors.As(err, &occupied) || occupied.Record.Active() {
		t.Errorf("Create = %v, want an OccupiedError with the deleted record", err)
	}
}

// lateOverGenerations delivers an attempt after other registrations of its pair
// came and went: the deleted record has neither its mark nor its key any more.
func (s suite) lateOverGenerations(t *testing.T) {
	t.Helper()
	reg := wanted()
	late := record(reg)
	for generation := range 3 {
		now := s.at(late, 2*generation+1)
		s.service.Now = func() time.Time { return now }
		s.register(t, reg, bob)
		s.at(late, 2*generation+2)
		out, err := s.changes.Remove(t.Context(), membership.Removal{Precondition: precondition(s.stored(t, reg.Key))}, bob)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.table.Create(t.Context(), late)
		if occupied, ok := errors.AsType[*membership.OccupiedError](err); !ok || occupied.Record.Active() {
			t.Errorf("generation %d: Create = %v, want an OccupiedError with the deleted record", generation, err)
		}
		// A registration in the millisecond of the removal is late, one in the next
		// millisecond is not.
		same, next := late, late
		same.Mark, same.CreatedAt = membership.NewMark(), out.DeletedAt
		next.Mark, next.CreatedAt = membership.NewMark(), same.CreatedAt.Add(time.Millisecond)
		if _, err := s.table.Create(t.Context(), same); err == nil {
			t.Errorf("generation %d: replaced it in the millisecond of the removal", generation)
		}
		if replaced, err := s.table.Create(t.Context(), next); err != nil || replaced == nil {
			t.Errorf("generation %d: Create = %v, %v, want the removed one replaced", generation, replaced, err)
		}
		removed := s.stored(t, reg.Key)
		removed.DeletedAt = removed.CreatedAt
		if err := s.table.Put(t.Context(), removed); err != nil {
			t.Fatal(err)
		}
	}
}

func (s suite) deletedAnotherCaller(t *testing.T) {
	t.Helper()
	reg := wanted()
	reg.IdempotencyKey = "k"
	s.register(t, reg, ada)
	s.remove(t, reg)
	out := s.register(t, reg, membership.Origin{CallerID: "bob", RequestID: "request-2"})
	if out.Replaced == nil {
		t.Errorf("got %+v, want the deleted one replaced", out)
	}
}

func (s suite) timeOver(t *testing.T) {
	t.Helper()
	reg := wanted()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the caller has gone"))
	if _, err := s.service.Register(ctx, reg, ada); !errors.Is(err, membership.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}
