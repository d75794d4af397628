package dynamo

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"users-organizations/pkg/history"
	"users-organizations/pkg/membership"
)

var streamed = time.Date(2024, 12, 9, 14, 23, 1, 0, time.UTC)

func streamedRecord(scope int64) membership.Record {
	at := streamed.Add(-time.Second)
	return membership.Record{
		UserID: 7, OrganizationID: -1, Scope: scope, CreatedAt: at, UpdatedAt: at,
		Permissions:  membership.Permissions{Group: 1, Read: []int64{1, 2}, Manage: []int64{}},
		RegisteredBy: "ada", RequestID: "r", Mark: strings.Repeat("a", 32),
	}
}

// streamEvent is a record as Lambda passes it, edited by change.
func streamEvent(t *testing.T, change func(record, dynamodb map[string]any)) []byte {
	t.Helper()
	image := func(r membership.Record) map[string]any {
		text, err := attributevalue.MarshalMapJSON(encode(r))
		if err != nil {
			t.Fatal(err)
		}
		return decodeJSON(t, text)
	}
	dynamodb := map[string]any{
		"ApproximateCreationDateTime": streamed.Unix(), "SequenceNumber": "111", "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES",
		"Keys":     map[string]any{"userId": map[string]any{"N": "7"}, "organizationId": map[string]any{"N": "-1"}},
		"OldImage": image(streamedRecord(1)),
		"NewImage": image(streamedRecord(2)),
	}
	record := map[string]any{
		"eventID": "c4ca4238a0b923820dcc509a6f75849b", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
		"awsRegion": "eu-west-3", "eventSourceARN": "arn:aws:dynamodb:eu-west-3:123456789012:table/memberships/stream/1",
		"dynamodb": dynamodb,
	}
	change(record, dynamodb)
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// inside returns the object at a path in another.
func inside(object map[string]any, path ...string) map[string]any {
	for _, name := range path {
		object, _ = object[name].(map[string]any)
	}
	return object
}

func decodeJSON(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestReadChange(t *testing.T) {
	t.Parallel()
	before, after := streamedRecord(1), streamedRecord(2)
	for name, test := range map[string]struct {
		change   func(record, dynamodb map[string]any)
		old, new *membership.Record
	}{
		"a change":     {func(_, _ map[string]any) {}, &before, &after},
		"a new item":   {func(r, d map[string]any) { r["eventName"] = "INSERT"; delete(d, "OldImage") }, nil, &after},
		"an item gone": {func(r, d map[string]any) { r["eventName"] = "REMOVE"; delete(d, "NewImage") }, &before, nil},
		"unknown members": {func(r, d map[string]any) {
			r["userIdentity"], d["x"] = map[string]any{"type": "Service"}, []any{1, nil}
		}, &before, &after},
		"an unknown attribute": {func(_, d map[string]any) {
			inside(d, "NewImage")["color"] = map[string]any{"SS": []any{"red"}}
		}, &before, &after},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := streamEvent(t, test.change)
			c, number := ReadChange(record)
			want := history.Change{Pair: "7/-1", EventID: "c4ca4238a0b923820dcc509a6f75849b", At: streamed, Before: history.Image{Record: test.old}, After: history.Image{Record: test.new}}
			if !reflect.DeepEqual(c, want) || number != "111" {
				t.Errorf("got %+v, %s\nwant %+v", c, number, want)
			}
			// aws-lambda-go reads the same record.
			var library events.DynamoDBEventRecord
			if err := json.Unmarshal(record, &library); err != nil || library.EventID != c.EventID || len(library.Change.NewImage) > 0 != (c.After.Record != nil) {
				t.Errorf("aws-lambda-go reads %+v (%v)", library, err)
			}
		})
	}
}

// TestALongRequestID: a request id is for tracing only, so it may be cut.
func TestALongRequestID(t *testing.T) {
	t.Parallel()
	c, _ := ReadChange(streamEvent(t, func(_, d map[string]any) {
		inside(d, "NewImage")["requestId"] = map[string]any{"S": strings.Repeat("x", 2000)}
	}))
	if r := c.After.Record; r == nil || len(r.RequestID) != 1024 || c.Raw != nil {
		t.Errorf("got %+v", c)
	}
}

var notAMembership = history.Image{Unreadable: true}

// TestInvalidTimesBecomeZero, since decodeEntry could not read them.
func TestInvalidTimesBecomeZero(t *testing.T) {
	t.Parallel()
	for _, seconds := range []any{nil, 0, -1, 1e13, 1e300} {
		c, _ := ReadChange(streamEvent(t, func(_, d map[string]any) { d["ApproximateCreationDateTime"] = seconds }))
		if !c.At.IsZero() || c.Raw != nil {
			t.Errorf("%v: the time is %v", seconds, c.At)
		}
	}
}

func TestReadChangeKeepsAnUnreadableRecord(t *testing.T) {
	t.Parallel()
	const known, pair, number = "c4ca4238a0b923820dcc509a6f75849b", history.Pair("7/-1"), "111"
	newImage := func(edit func(image map[string]any)) func(_, d map[string]any) {
		return func(_, d map[string]any) { edit(inside(d, "NewImage")) }
	}
	codes := map[string]any{"L": slices.Repeat([]any{map[string]any{"N": "1"}}, membership.MaxItems+1)}
	for name, change := range map[string]func(record, dynamodb map[string]any){
		"no images": func(_, d map[string]any) { delete(d, "OldImage"); delete(d, "NewImage") },
		"keys alone": func(_, d map[string]any) {
			maps.DeleteFunc(d, func(k string, _ any) bool { return strings.HasSuffix(k, "Image") })
		},
		"no new image":       func(_, d map[string]any) { delete(d, "NewImage") },
		"no old image":       func(_, d map[string]any) { delete(d, "OldImage") },
		"an insert with one": func(r, _ map[string]any) { r["eventName"] = "INSERT" },
		"an unknown event":   func(r, _ map[string]any) { r["eventName"] = "TTL" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := streamEvent(t, change)
			c, got := ReadChange(record)
			want := history.Change{
				Pair: pair, EventID: known, At: streamed, Before: notAMembership, After: notAMembership, Raw: record,
			}
			if !reflect.DeepEqual(c, want) || got != number {
				t.Errorf("got %+v, %s\nwant %+v", c, got, want)
			}
		})
	}
	before, after := streamedRecord(1), streamedRecord(2)
	old := func(_, d map[string]any) { d["OldImage"] = 1 }
	for name, test := range map[string]struct {
		change   func(record, dynamodb map[string]any)
		old, new *membership.Record
	}{
		"one that was made readable": {old, nil, &after},
		"an unknown type":            {newImage(func(i map[string]any) { i["scope"] = map[string]any{"X": "1"} }), &before, nil},
		"a missing attribute":        {newImage(func(i map[string]any) { delete(i, "mark") }), &before, nil},
		"a string for scope":         {newImage(func(i map[string]any) { i["scope"] = map[string]any{"S": "1"} }), &before, nil},
		"scope 3":                    {newImage(func(i map[string]any) { i["scope"] = map[string]any{"N": "3"} }), &before, nil},
		"too many codes":             {newImage(func(i map[string]any) { inside(i, "permissions", "M")["read"] = codes }), &before, nil},
		"a long caller":              {newImage(func(i map[string]any) { i["registeredBy"] = map[string]any{"S": strings.Repeat("x", 1025)} }), &before, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := streamEvent(t, test.change)
			c, _ := ReadChange(record)
			want := history.Change{
				Pair: pair, EventID: known, At: streamed, Raw: record,
				Before: history.Image{Record: test.old, Unreadable: test.old == nil},
				After:  history.Image{Record: test.new, Unreadable: test.new == nil},
			}
			if !reflect.DeepEqual(c, want) {
				t.Errorf("got %+v\nwant %+v", c, want)
			}
		})
	}
	for name, test := range map[string]struct {
		change func(record, dynamodb map[string]any)
		want   history.Pair
	}{
		"no keys":           {func(_, d map[string]any) { delete(d, "Keys") }, noPair},
		"a key as a string": {func(_, d map[string]any) { inside(d, "Keys")["userId"] = map[string]any{"S": "7"} }, noPair},
		"invalid ids":       {func(_, d map[string]any) { inside(d, "Keys")["userId"] = map[string]any{"N": "1.5"} }, "1.5/-1"},
	} {
		c, _ := ReadChange(streamEvent(t, test.change))
		if c.Pair != test.want || c.Raw == nil {
			t.Errorf("%s: the pair is %q, want %q, and the record", name, c.Pair, test.want)
		}
	}
	for _, record := range []string{`null`, `1`, `{}`, `{"eventID":1}`, `{"dynamodb":{"ApproximateCreationDateTime":"now"}}`} {
		first, number := ReadChange([]byte(record))
		again, _ := ReadChange([]byte(record))
		if string(first.Raw) != record || first.EventID == "" || first.EventID != again.EventID || number != "" {
			t.Errorf("%s: got %+v, %q", record, first, number)
		}
	}
}

func FuzzReadChange(f *testing.F) {
	f.Add([]byte(`{"eventID":"1","eventName":"INSERT","dynamodb":{"Keys":{"userId":{"N":"1"}},"NewImage":{"userId":{"N":"1"}}}}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		c, _ := ReadChange(record)
		if c.EventID == "" || c.Pair == "" || (c.Raw != nil) != (c.Before.Unreadable || c.After.Unreadable) {
			t.Errorf("got %+v", c)
		}
		if at := membership.FormatTime(c.At); len(at) != len("2006-01-02T15:04:05.000Z") {
			t.Errorf("the time %s can't be read again", at)
		}
	})
}
