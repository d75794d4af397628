package consumer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"users-organizations/infra/local/eventbus/consumer"
	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

// world has histories, and a consumer that follows them.
type world struct {
	consumer.Consumer

	// published are the events, and entries the history of each subject.
	published []events.EventBridgeEvent
	entries   map[string][]consumer.Entry
	// table is what the last entries left, and copied what the consumer made of
	// them.
	table, copied map[string]string
	// read counts the histories that were read.
	read int
	// fail says whether the next call of the consumer's own fails.
	fail func() bool
}

var errDown = errors.New("the database is down")

func newWorld(t *testing.T, subjects, entries int) *world {
	t.Helper()
	w := &world{entries: map[string][]consumer.Entry{}, table: map[string]string{}, copied: map[string]string{}, fail: func() bool { return false }}
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
	w.Apply = func(_ context.Context, subject string, e consumer.Entry) error {
		if w.fail() {
			return errDown
		}
		if want := w.Last[subject] + 1; e.Sequence != want {
			t.Errorf("applied %d of %s, want %d", e.Sequence, subject, want)
		}
		w.copied[subject] = string(e.After)
		return nil
	}
	return w
}

// publish adds an entry to the history of a user, as an event too.
func (w *world) publish(t *testing.T, user int64) {
	t.Helper()
	key := membership.Key{UserID: user, OrganizationID: 1}
	subject := fmt.Sprintf("users/%d/organizations/1", user)
	e := history.Entry{Pair: history.PairOf(key), Sequence: int64(len(w.entries[subject]) + 1), Type: history.Erased}
	if rand.IntN(4) > 0 {
		e.Type, e.After = history.Changed, &membership.Membership{Key: key, Scope: 1, Permissions: membership.Permissions{Group: rand.Int64()}}
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
	w.entries[subject] = append(w.entries[subject], consumer.Entry{Sequence: e.Sequence, After: after})
	w.table[subject] = string(after)
}

// deliver hands over the events, and each again that was not taken.
func (w *world) deliver(t *testing.T, all []events.EventBridgeEvent) {
	t.Helper()
	for _, e := range all {
		for w.Handle(t.Context(), e) != nil {
		}
	}
	if !maps.Equal(w.copied, w.table) {
		t.Errorf("the copy is\n%v\nwant\n%v", w.copied, w.table)
	}
}

func TestTheCopyIsExact(t *testing.T) {
	t.Parallel()
	shuffled := func(all []events.EventBridgeEvent) []events.EventBridgeEvent {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		return all
	}
	for name, c := range map[string]struct {
		delivery func(w *world) []events.EventBridgeEvent
		// reads says whether histories have to be read.
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

// latest are the latest events of each subject, and no other.
func latest(all []events.EventBridgeEvent) []events.EventBridgeEvent {
	bySubject := map[string]events.EventBridgeEvent{}
	for _, e := range all {
		var event struct{ Subject string }
		_ = json.Unmarshal(e.Detail, &event)
		bySubject[event.Subject] = e
	}
	return slices.Collect(maps.Values(bySubject))
}

func TestWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, 1)
	if err := w.Handle(t.Context(), events.EventBridgeEvent{ID: "e1", Detail: []byte(`{`)}); err == nil {
		t.Error("half an event was taken")
	}
}
