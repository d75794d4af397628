package consumer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/local/eventbus/consumer"
	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

// world has histories and a consumer that follows them.
type world struct {
	consumer.Consumer

	published []events.EventBridgeEvent
	// entries are the histories by subject.
	entries map[string][]consumer.Entry
	// table has the membership that the last readable entry left, by subject, and
	// copied what the consumer has stored.
	table, copied map[string]string
	// unreadable has the sequences of the entries that end unreadable, and reported
	// those that the consumer has reported.
	unreadable, reported map[string][]int64
	// read counts the histories that were read.
	read int
	// fail says whether the next call by the consumer fails.
	fail func() bool
}

var errDown = errors.New("the database is down")

func newWorld(t *testing.T, subjects, entries int) *world {
	t.Helper()
	w := &world{
		entries: map[string][]consumer.Entry{}, table: map[string]string{}, copied: map[string]string{},
		unreadable: map[string][]int64{}, reported: map[string][]int64{}, fail: func() bool { return false },
	}
	for range entries {
		w.publish(t, int64(rand.IntN(subjects)))
	}
	w.Last = map[string]int64{}
	w.History = func(_ context.Context, subject string, above int64) ([]consumer.Entry, error) {
		w.read++
		if w.fail() {
			return nil, errDown
		}
		return w.entries[subject][above:], nil
	}
	take := func(subject string, e consumer.Entry) error {
		if w.fail() {
			return errDown
		}
		if want := w.Last[subject] + 1; e.Sequence != want {
			t.Errorf("took %d of %s, want %d", e.Sequence, subject, want)
		}
		return nil
	}
	w.Apply = func(_ context.Context, subject string, e consumer.Entry) error {
		if err := take(subject, e); err != nil {
			return err
		}
		w.copied[subject] = string(e.After)
		return nil
	}
	w.Reload = func(_ context.Context, subject string, e consumer.Entry) error {
		if err := take(subject, e); err != nil {
			return err
		}
		w.copied[subject] = w.table[subject]
		return nil
	}
	w.Report = func(_ context.Context, subject string, e consumer.Entry) error {
		if err := take(subject, e); err != nil {
			return err
		}
		w.reported[subject] = append(w.reported[subject], e.Sequence)
		return nil
	}
	return w
}

// publish adds a random entry to the history of a user, and its event.
func (w *world) publish(t *testing.T, user int64) {
	t.Helper()
	key := membership.Key{UserID: user, OrganizationID: 1}
	subject := fmt.Sprintf("users/%d/organizations/1", user)
	e := history.Entry{Pair: history.PairOf(key), Sequence: int64(len(w.entries[subject]) + 1), Type: history.Changed}
	shown := &membership.Membership{Key: key, Scope: 1, Permissions: membership.Permissions{Group: rand.Int64()}}
	endsUnreadable := false
	switch rand.IntN(8) {
	case 0:
		e.Type = history.Erased
	case 1:
		e.Type, e.Unreadable = history.Erased, true
	case 2:
		e.Type, e.Unreadable, endsUnreadable = history.Foreign, true, true
	case 3:
		e.Type, e.Unreadable, e.After = history.Foreign, true, shown
	case 4:
		e.Gap, e.After = true, shown
	default:
		e.After = shown
	}
	detail, err := json.Marshal(history.Event{Entry: e})
	if err != nil {
		t.Fatal(err)
	}
	after, err := json.Marshal(e.After)
	if err != nil {
		t.Fatal(err)
	}
	w.published = append(w.published, events.EventBridgeEvent{Detail: detail})
	w.entries[subject] = append(w.entries[subject], consumer.Entry{
		Sequence: e.Sequence, Type: string(e.Type), After: after, Unreadable: e.Unreadable, Gap: e.Gap,
	})
	if e.Gap && w.table[subject] != "" {
		return // It is late, and its After out of date.
	}
	if endsUnreadable {
		w.unreadable[subject] = append(w.unreadable[subject], e.Sequence)
		return
	}
	w.table[subject] = string(after)
}

// deliver hands over the events, and compares the copy and the reports.
func (w *world) deliver(t *testing.T, all []events.EventBridgeEvent) {
	t.Helper()
	for _, e := range all {
		w.retry(t, e)
	}
	if !maps.Equal(w.copied, w.table) {
		t.Errorf("the copy is\n%v\nwant\n%v", w.copied, w.table)
	}
	if !reflect.DeepEqual(w.reported, w.unreadable) {
		t.Errorf("reported %v, want %v", w.reported, w.unreadable)
	}
}

// retry hands over the event until it is taken.
func (w *world) retry(t *testing.T, e events.EventBridgeEvent) {
	t.Helper()
	const most = 1000
	var err error
	for range most {
		if err = w.Handle(t.Context(), e); err == nil {
			return
		}
	}
	t.Fatalf("the event %s was not taken in %d attempts, the last with: %v", e.Detail, most, err)
}

func TestTheCopyIsExact(t *testing.T) {
	t.Parallel()
	shuffled := func(all []events.EventBridgeEvent) []events.EventBridgeEvent {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		return all
	}
	for name, c := range map[string]struct {
		delivery func(w *world) []events.EventBridgeEvent
		// reads: the consumer must read histories.
		reads bool
	}{
		"in order":           {func(w *world) []events.EventBridgeEvent { return w.published }, false},
		"each twice":         {func(w *world) []events.EventBridgeEvent { return slices.Concat(w.published, w.published) }, false},
		"in any order":       {func(w *world) []events.EventBridgeEvent { return shuffled(slices.Repeat(w.published, 2)) }, true},
		"the first are lost": {func(w *world) []events.EventBridgeEvent { return latest(w.published) }, true},
		"its database fails": {func(w *world) []events.EventBridgeEvent {
			w.fail = func() bool { return rand.IntN(2) > 0 }
			return shuffled(w.published)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 20 {
				w := newWorld(t, 5, 60)
				w.deliver(t, c.delivery(w))
				if (w.read > 0) != c.reads {
					t.Errorf("%d histories were read", w.read)
				}
			}
		})
	}
}

// latest gives only the latest event of each subject.
func latest(all []events.EventBridgeEvent) []events.EventBridgeEvent {
	bySubject := map[string]events.EventBridgeEvent{}
	for _, e := range all {
		var event struct{ Subject string }
		_ = json.Unmarshal(e.Detail, &event)
		bySubject[event.Subject] = e
	}
	return slices.Collect(maps.Values(bySubject))
}

func TestEventsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, detail := range map[string]string{
		"half an event":      `{`,
		"an empty event":     `{}`,
		"a foreign event":    `{"version":"1","state":"running","data":{}}`,
		"no subject":         `{"data":{"sequence":1,"type":"erased","after":null}}`,
		"an empty subject":   `{"subject":"","data":{"sequence":1,"type":"erased","after":null}}`,
		"no sequence":        `{"subject":"users/1/organizations/1","data":{"type":"erased","after":null}}`,
		"a sequence of 0":    `{"subject":"users/1/organizations/1","data":{"sequence":0,"type":"erased","after":null}}`,
		"a sequence below 0": `{"subject":"users/1/organizations/1","data":{"sequence":-1,"type":"erased","after":null}}`,
		"no after":           `{"subject":"users/1/organizations/1","data":{"sequence":1,"type":"erased"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1, 0)
			err := w.Handle(t.Context(), events.EventBridgeEvent{ID: "e1", Detail: []byte(detail)})
			if err == nil || !strings.Contains(err.Error(), "the event e1") || len(w.Last) > 0 || len(w.copied) > 0 {
				t.Errorf("%v, and it has taken %v", err, w.Last)
			}
		})
	}
}

// TestAHistoryThatIsBehind: an event arrives before its entry can be read, and must
// be delivered again.
func TestAHistoryThatIsBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, 3)
	const subject = "users/0/organizations/1"
	whole := w.entries[subject]
	for readable := range 3 {
		w.entries[subject] = whole[:readable]
		err := w.Handle(t.Context(), w.published[2])
		if err == nil || err.Error() != "the history of "+subject+" has no entry 3 yet" || w.Last[subject] != int64(readable) {
			t.Errorf("with %d entries to read: %v, and entry %d is the last that was taken", readable, err, w.Last[subject])
		}
	}
	w.entries[subject] = whole
	w.deliver(t, w.published[2:])
}
