package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"

	"github.com/aws/aws-lambda-go/events"
	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"users-organizations/infra/local/eventbus/consumer"
	"users-organizations/infra/local/localtest"
)

// published gives the events that the bus has taken.
func (r *recording) published() []events.EventBridgeEvent {
	r.t.Helper()
	all, _, err := localtest.Events(r.events, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// eventData has the members of an entry in its event.
type eventData struct {
	Sequence      int64
	Type          string
	Before, After *localtest.Membership
	Gap           bool
}

// checkEvents wants one or more events of each entry, all valid and with its data.
func (r *recording) checkEvents(published []events.EventBridgeEvent, entries map[string][]entry) {
	r.t.Helper()
	want, seen := map[string]entry{}, map[string]bool{}
	for _, of := range entries {
		for _, e := range of {
			want[e.EventID] = e
		}
	}
	for _, p := range published {
		var event cloudevents.Event
		var data eventData
		if err := errors.Join(json.Unmarshal(p.Detail, &event), json.Unmarshal(event.Data(), &data), event.Validate()); err != nil {
			r.t.Fatalf("the event %s: %v", p.Detail, err)
		}
		e := want[event.ID()]
		if !reflect.DeepEqual(data, eventData{e.Sequence, e.Type, e.Before, e.After, e.Gap}) {
			r.t.Errorf("the event %s differs from the entry %+v", p.Detail, e)
		}
		seen[event.ID()] = true
	}
	if len(seen) != len(want) {
		r.t.Errorf("there are events of %d entries, want %d", len(seen), len(want))
	}
}

// checkCopy compares the table with the copy of a consumer that follows the events,
// and reads the history where it has missed some.
func (r *recording) checkCopy(name string, published []events.EventBridgeEvent) {
	r.t.Helper()
	items, err := localtest.All(r.t.Context(), r.engine())
	if err != nil {
		r.t.Fatal(err)
	}
	table := map[string]localtest.Membership{}
	for _, item := range items {
		table[subjectOf(item.UserID, item.OrganizationID)] = item.Membership
	}
	copied, read := map[string]json.RawMessage{}, 0
	c := consumer.Consumer{
		Last: map[string]int64{},
		History: func(ctx context.Context, subject string, above int64) ([]consumer.Entry, error) {
			read++
			return localtest.ReadPage(r.readComplete).Above(ctx, subject, above)
		},
		Apply: func(_ context.Context, subject string, e consumer.Entry) error {
			copied[subject] = e.After
			return nil
		},
		Reload: func(_ context.Context, subject string, _ consumer.Entry) (err error) {
			copied[subject], err = json.Marshal(table[subject])
			return err
		},
		Report: func(_ context.Context, subject string, e consumer.Entry) error {
			return fmt.Errorf("entry %d of %s ends unreadable", e.Sequence, subject)
		},
	}
	for _, p := range published {
		if err := c.Handle(r.t.Context(), p); err != nil {
			r.t.Fatal(err)
		}
	}
	rebuilt := map[string]localtest.Membership{}
	for subject, text := range copied {
		var m *localtest.Membership
		if err := json.Unmarshal(text, &m); err != nil {
			r.t.Fatal(err)
		}
		if m != nil {
			rebuilt[subject] = *m
		}
	}
	if !reflect.DeepEqual(rebuilt, table) {
		r.t.Errorf("%s: the copy is %+v, want %+v", name, rebuilt, table)
	}
	r.t.Logf("the consumer of %s read %d histories", name, read)
}

func subjectOf(user, organization int64) string {
	return fmt.Sprintf("users/%d/organizations/%d", user, organization)
}

// readHistory reads a page of a history through functions/read.
func (r *recording) readHistory(ctx context.Context, user, organization int64, query url.Values) localtest.HistoryPage {
	r.t.Helper()
	response, err := localtest.Invoke(ctx, r.others["read"], localtest.Request{
		Operation: "listUserOrganizationHistory", ID: "history", Caller: "ada", User: user, Organization: organization, Query: query,
	})
	var p localtest.HistoryPage
	if err != nil || response.Status != 200 || json.Unmarshal([]byte(response.Body), &p) != nil {
		r.t.Fatalf("the history of %d: %d %s, %v", user, response.Status, response.Body, err)
	}
	return p
}

// readComplete reads a page of a history that must be complete.
func (r *recording) readComplete(ctx context.Context, user, organization int64, query url.Values) (localtest.HistoryPage, error) {
	p := r.readHistory(ctx, user, organization, query)
	if !p.Complete {
		return p, fmt.Errorf("the history of %d is not complete", user)
	}
	return p, nil
}

// withoutSome leaves out half of the events, but never the latest of a subject.
func withoutSome(published []events.EventBridgeEvent) []events.EventBridgeEvent {
	latest := map[string]int64{}
	read := func(e events.EventBridgeEvent) (subject string, sequence int64) {
		var event struct {
			Subject string
			Data    eventData
		}
		_ = json.Unmarshal(e.Detail, &event)
		return event.Subject, event.Data.Sequence
	}
	for _, e := range published {
		subject, sequence := read(e)
		latest[subject] = max(latest[subject], sequence)
	}
	return slices.DeleteFunc(slices.Clone(published), func(e events.EventBridgeEvent) bool {
		subject, sequence := read(e)
		return sequence < latest[subject] && rand.IntN(2) > 0
	})
}

// checkItems wants each item to be as the last entry of its pair left it.
func (r *recording) checkItems(entries map[string][]entry) {
	r.t.Helper()
	items, err := localtest.All(r.t.Context(), r.engine())
	if err != nil {
		r.t.Fatal(err)
	}
	table := map[string]*localtest.Membership{}
	for _, item := range items {
		table[pairOf(item.UserID, item.OrganizationID)] = &item.Membership
	}
	for pair, of := range entries {
		if last := of[len(of)-1]; !reflect.DeepEqual(last.After, table[pair]) {
			r.t.Errorf("%s is %+v, want what entry %d left: %+v", pair, table[pair], last.Sequence, last.After)
		}
	}
}
