package faults_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"users-organizations/infra/local/localtest"
)

// TestUnreadableItems: an item is edited by hand into another form and back, between
// readable changes. Nothing waits for it, and nothing of it is lost.
func TestUnreadableItems(t *testing.T) {
	t.Parallel()
	r := startRecording(t, 1)
	etag := r.do(register, "").ETag()
	setScope := func(scope types.AttributeValue) {
		_, err := r.engine().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: aws.String(localtest.TableName), Key: localtest.Key(1, -1),
			UpdateExpression:          aws.String("SET #scope = :scope"),
			ExpressionAttributeNames:  map[string]string{"#scope": "scope"},
			ExpressionAttributeValues: map[string]types.AttributeValue{":scope": scope},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	setScope(&types.AttributeValueMemberS{Value: strings.Repeat("owner ", 60_000)}) // too long for one part
	setScope(&types.AttributeValueMemberN{Value: "2"})
	r.do(change, etag)
	another := localtest.Request{ID: "another", Caller: "ada", User: 2, Organization: -2, Scope: 1, Group: watchedGroup}
	if response := r.response(t, another); response.Status != 201 {
		t.Fatalf("%d %s", response.Status, response.Body)
	}
	r.drain()

	r.wantHistory(true, "changed", "foreign", "foreign", "registered")
	entries := readEntries(t, r.endpoint)
	if len(entries["2/-2"]) != 1 {
		t.Errorf("the other pair has the entries %+v, want one", entries["2/-2"])
	}
	// An image that can't be read is left out, and its record kept.
	shows := []struct{ before, after, raw bool }{{false, true, false}, {true, false, true}, {false, true, true}, {true, true, false}}
	for i, e := range entries["1/-1"] {
		if want := shows[i]; (e.Before != nil) != want.before || (e.After != nil) != want.after || (e.Parts > 0) != want.raw || e.Gap {
			t.Errorf("entry %d is %+v, want %+v", e.Sequence, e, want)
		}
		if e.Parts > 0 {
			checkRaw(t, r, e, entries["record "+e.EventID])
		}
	}
	if n := r.metric("Unreadable"); n != 2 {
		t.Errorf("%v unreadable records are counted, want 2", n)
	}
	if n := r.delivery.calls; n > 5 {
		t.Errorf("the recorder was called %d times: a batch has come again", n)
	}
}

// checkRaw wants the parts to be the record as it was delivered.
func checkRaw(t *testing.T, r *recording, e entry, parts []entry) {
	t.Helper()
	var text []byte
	for _, part := range parts {
		text = append(text, part.Record...)
	}
	same := func(record json.RawMessage) bool { return string(record) == string(text) }
	if !slices.ContainsFunc(slices.Concat(r.delivery.past...), same) {
		t.Errorf("the record %s is kept as %.200s …, %d bytes in %d parts", e.EventID, text, len(text), len(parts))
	}
}

// TestBatchesOfOddRecords: the recorder gets batches that no mapping makes.
func TestBatchesOfOddRecords(t *testing.T) {
	t.Parallel()
	const keys = `"Keys":{"userId":{"N":"%d"},"organizationId":{"N":"1"}}`
	r := startRecording(t, 1)
	r.do(register, "")
	invoke := func(event string) (string, error) {
		response, err := r.delivery.function.Invoke(t.Context(), "", []byte(event))
		return string(response), err
	}
	for i, c := range []struct{ name, record, want string }{
		{"no images", `{"eventID":"e","eventName":"MODIFY","dynamodb":{"SequenceNumber":"1",` + keys + `}}`, "unreadable"},
		{"an image too few", `{"eventID":"e","eventName":"MODIFY","dynamodb":{"SequenceNumber":"1",` + keys + `,"NewImage":` + oddImage("") + `}}`, "unreadable"},
		{"an image too many", `{"eventID":"e","eventName":"REMOVE","dynamodb":{"SequenceNumber":"1",` + keys + `,"OldImage":` + oddImage("") + `,"NewImage":` + oddImage("") + `}}`, "unreadable"},
		{"another form", `{"eventID":"e","eventName":"INSERT","dynamodb":{"SequenceNumber":"1",` + keys + `,"NewImage":{"userId":{"N":"1"}}}}`, "unreadable"},
		{"an unknown attribute", `{"eventID":"e","eventName":"INSERT","dynamodb":{"SequenceNumber":"1",` + keys + `,"NewImage":` + oddImage(`"note":{"S":"by hand"},`) + `}}`, "registered"},
		{"an unknown event", `{"eventID":"e","eventName":"REPLACE","dynamodb":{"SequenceNumber":"1",` + keys + `,"NewImage":` + oddImage("") + `}}`, "unreadable"},
		{"no event id", `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1",` + keys + `,"NewImage":` + oddImage("") + `}}`, "registered"},
	} {
		user := 100 + i
		record := strings.ReplaceAll(strings.ReplaceAll(c.record, "%d", fmt.Sprint(user)), `"eventID":"e"`, fmt.Sprintf(`"eventID":"e%d"`, user))
		for range 2 {
			if response, err := invoke(`{"Records":[` + record + `]}`); response != `{"batchItemFailures":[]}` || err != nil {
				t.Errorf("%s: %s, %v", c.name, response, err)
			}
		}
		entries := readEntries(t, r.endpoint)[pairOf(int64(user), 1)]
		if len(entries) != 1 {
			t.Errorf("%s: %d entries, want one", c.name, len(entries))
			continue
		}
		got := entries[0].Type
		if entries[0].Parts > 0 {
			got = "unreadable"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for event, fails := range map[string]bool{`{"Records":[]}`: false, `{}`: false, `{"Records":{}}`: true, `[]`: true, `{"Records":[`: true} {
		response, err := invoke(event)
		if (err != nil) != fails || !fails && response != `{"batchItemFailures":[]}` {
			t.Errorf("%s: %s, %v", event, response, err)
		}
	}
}

// oddImage is a registration's image, with more attributes; %d is the user.
func oddImage(more string) string {
	return `{` + more + `"userId":{"N":"%d"},"organizationId":{"N":"1"},"scope":{"N":"1"},` +
		`"permissions":{"M":{"group":{"N":"0"},"read":{"L":[]},"manage":{"L":[]}}},` +
		`"createdAt":{"S":"2024-12-09T14:22:58.000Z"},"updatedAt":{"S":"2024-12-09T14:22:58.000Z"},` +
		`"registeredBy":{"S":"ada"},"requestId":{"S":"r"},"mark":{"S":"0123456789abcdef0123456789abcdef"}}`
}
