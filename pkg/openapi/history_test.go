package openapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
	"users-organizations/pkg/openapi/openapitest"
)

// exampleHistory is of a membership that was registered, edited by another writer,
// and removed.
func exampleHistory() (registration, edit, removal history.Entry) {
	at := time.Date(2024, 12, 9, 14, 23, 0, 0, time.UTC)
	registered := membership.Membership{
		UserID: 1, OrganizationID: 1, Scope: 1, UpdatedAt: at, CreatedAt: at,
		Permissions: membership.Permissions{Group: 0, Read: []int64{1, 2}, Manage: []int64{1, 2}},
	}
	edited := registered
	edited.Scope = 2
	removed := edited
	removed.DeletedAt = time.Date(2024, 12, 15, 10, 0, 0, 0, time.UTC)
	const mark, another = "7b0d5c4ae2f94d0f8a1c36d2e9b80f47", "c2a94e6d1f0b47538d9e0a7b6c5f4e31"
	pair := history.PairOf(registered.Key)
	registration = history.Entry{
		Pair: pair, Sequence: 1, Type: history.Registered, At: at, By: "42", RequestID: "5b8e0c7d-93a1-4f26-8d54-1e7a2c9b0f63",
		After: &registered, Revision: mark, EventID: "9c1e5f0a7d3b48e2a6c40f8b2d715e93",
	}
	edit = history.Entry{
		Pair: pair, Sequence: 2, Type: history.Foreign, At: time.Date(2024, 12, 11, 16, 45, 10, 0, time.UTC),
		Before: &registered, After: &edited, Revision: mark, Gap: true, EventID: "e07d41b6c92f4a3580d1f6a7b3c85e24",
	}
	removal = history.Entry{
		Pair: pair, Sequence: 3, Type: history.Removed, At: removed.DeletedAt, By: "1234567890", RequestID: requestID,
		Before: &edited, After: &removed, Revision: another, EventID: "2f6a1c0de4b94c7f8d3b5a9e7c1f0b26",
	}
	return registration, edit, removal
}

// historyExamples has the examples of responses with a history.
func historyExamples() map[string]any {
	registration, edit, removal := exampleHistory()
	late := removal
	late.Sequence, late.Before = 0, nil
	page := func(size int, next string, complete bool, entries ...history.Entry) history.Page {
		return history.Page{
			Entries: entries, Number: 1, Size: size, Next: next, Complete: complete,
		}
	}
	return map[string]any{
		"UserOrganizationHistory/first": page(2, "MSBoaXN0b3J5IDEgMSAyIDI", true, removal, edit),
		"UserOrganizationHistory/late":  page(50, "", false, late, registration),
	}
}

// delivered is an event in the form in which EventBridge delivers it (Amazon
// EventBridge user guide, "Events").
type delivered struct {
	Version    string        `json:"version"`
	ID         string        `json:"id"`
	DetailType string        `json:"detail-type"`
	Source     string        `json:"source"`
	Account    string        `json:"account"`
	Time       string        `json:"time"`
	Region     string        `json:"region"`
	Resources  []string      `json:"resources"`
	Detail     history.Event `json:"detail"`
}

// TestExampleOfAnEvent compares the example with the event of the code, byte for
// byte.
func TestExampleOfAnEvent(t *testing.T) {
	t.Parallel()
	_, _, removal := exampleHistory()
	e := history.Event{Entry: removal}
	want, err := json.Marshal(delivered{
		"0", "6a7e8feb-b491-4cf7-a9f1-bf3703467718", e.Type(), history.Source, "123456789012", "2024-12-15T10:00:01Z", "eu-west-3", []string{}, e,
	})
	if err != nil {
		t.Fatal(err)
	}
	examples := readDocument(t).Components.PathItems["MembershipEvent"]["post"].RequestBody.Content["application/json"].Examples
	if got := string(examples["removed"].Value); got != string(want) || len(examples) != 1 {
		t.Errorf("in the document %s\nin the code     %s", got, want)
	}
}

// TestEveryEventIsInTheDocument has an event of each type.
func TestEveryEventIsInTheDocument(t *testing.T) {
	t.Parallel()
	registration, edit, removal := exampleHistory()
	changed, restored := removal, removal
	changed.Type, changed.After = history.Changed, edit.After
	restored.Type, restored.Before, restored.After = history.Restored, removal.After, edit.After
	erased := history.Entry{Pair: edit.Pair, Sequence: 4, Type: history.Erased, At: edit.At, Before: edit.After, EventID: "e"}
	unreadable := history.Entry{Pair: "0.5/1e30", Sequence: 9007199254740991, Type: history.Foreign, At: edit.At, Unreadable: true, EventID: "e"}
	for _, e := range []history.Entry{registration, changed, removal, restored, erased, edit, unreadable} {
		detail, err := json.Marshal(history.Event{Entry: e})
		if err != nil {
			t.Fatal(err)
		}
		openapitest.CheckEvent(t, detail)
	}
}
