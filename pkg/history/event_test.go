package history_test

import (
	"encoding/json"
	"reflect"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

// events are those of a history with all types in it.
func events(t *testing.T) []history.Event {
	t.Helper()
	log := recorded(t, registered, changed, removed, restored, edited, nil, unreadable, anew)
	record(t, log, 9, changed, removed) // after a gap
	entries, err := log.List(t.Context(), history.PairOf(key), membership.MaxInteger, 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []history.Event
	for _, e := range entries {
		all = append(all, history.Event{Entry: e})
	}
	return all
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEventsAreCloudEvents reads each event with the CloudEvents SDK.
func TestEventsAreCloudEvents(t *testing.T) {
	t.Parallel()
	before := ""
	types := map[string]bool{}
	for _, e := range events(t) {
		var got cloudevents.Event
		if err := json.Unmarshal([]byte(marshal(t, e)), &got); err != nil {
			t.Fatal(err)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%d is not valid: %v", e.Sequence, err)
		}
		if got.SpecVersion() != "1.0" || got.ID() != e.EventID || got.Source() != "/users-organizations/v1" ||
			got.Type() != "users-organizations.membership."+string(e.Entry.Type) || got.Type() != e.Type() ||
			got.Subject() != "users/7/organizations/1" || !got.Time().Equal(e.At) || got.DataContentType() != "application/json" {
			t.Errorf("%d has the attributes %s", e.Sequence, got.Context)
		}
		var data, want any
		if err := json.Unmarshal(got.Data(), &data); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(marshal(t, e.Entry)), &want); err != nil || !reflect.DeepEqual(data, want) {
			t.Errorf("%d has the data %v, want the entry %v", e.Sequence, data, want)
		}
		sequence, isText := got.Extensions()["sequence"].(string)
		if !isText || len(sequence) != 16 || before != "" && sequence >= before {
			t.Errorf("the sequence %q comes before %q", sequence, before)
		}
		before, types[got.Type()] = sequence, true
	}
	if len(types) != 6 {
		t.Errorf("the types are %v, want six", types)
	}
}

func TestEventAsJSON(t *testing.T) {
	t.Parallel()
	const want = `{"specversion":"1.0","id":"event-1","source":"/users-organizations/v1","type":"users-organizations.membership.changed",` +
		`"subject":"users/7/organizations/1","time":"2024-12-09T14:25:00.000Z","sequence":"0000000000000002","datacontenttype":"application/json",` +
		`"data":{"sequence":2,"type":"changed","at":"2024-12-09T14:25:00.000Z","by":"bob","requestId":"request-2","etag":"\"00000000000000000000000000000002\"",` +
		`"before":{"userId":7,"organizationId":1,"scope":1,"permissions":{"group":0,"read":[1],"manage":[]},"deletedAt":null,"updatedAt":"2024-12-09T14:24:00.000Z","createdAt":"2024-12-09T14:24:00.000Z"},` +
		`"after":{"userId":7,"organizationId":1,"scope":2,"permissions":{"group":0,"read":[1],"manage":[]},"deletedAt":null,"updatedAt":"2024-12-09T14:25:00.000Z","createdAt":"2024-12-09T14:24:00.000Z"}}}`
	all := events(t)
	if got := marshal(t, all[len(all)-2]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheLargestSequenceFitsTheWidth(t *testing.T) {
	t.Parallel()
	text := marshal(t, history.Event{Pair: "7/1", Sequence: membership.MaxInteger})
	var got struct{ Sequence string }
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Sequence != "9007199254740991" {
		t.Errorf("got %s, %v", got.Sequence, err)
	}
}
