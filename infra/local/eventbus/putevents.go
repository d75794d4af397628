package eventbus

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"
)

// The limits of one call, in entries and bytes (PutEvents in the Amazon EventBridge
// API reference).
const (
	maxEntries = 10
	maxEntry   = 256 << 10
)

type putEvents struct{ Entries []entry }

type entry struct {
	Source, DetailType, Detail, EventBusName string

	Resources []string
	// Time is in Unix seconds.
	Time *float64
}

type result struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// ServeHTTP serves one call in AWS's JSON protocol 1.1.
func (b *Bus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if target := r.Header.Get("X-Amz-Target"); target != "AWSEvents.PutEvents" {
		fail(w, "UnknownOperationException", fmt.Sprintf("the local event bus has only PutEvents, not %q", target))
		return
	}
	var in putEvents
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*maxEntries*maxEntry)).Decode(&in); err != nil {
		fail(w, "SerializationException", err.Error())
		return
	}
	if n := len(in.Entries); n < 1 || n > maxEntries {
		fail(w, "ValidationException", fmt.Sprintf("there are %d entries: 1 to %d are allowed", n, maxEntries))
		return
	}
	out := struct {
		FailedEntryCount int
		Entries          []result
	}{}
	for _, e := range in.Entries {
		result := b.put(e)
		if result.ErrorCode != "" {
			out.FailedEntryCount++
		}
		out.Entries = append(out.Entries, result)
	}
	respond(w, http.StatusOK, out)
}

func fail(w http.ResponseWriter, code, message string) {
	respond(w, http.StatusBadRequest, map[string]string{"__type": code, "message": message})
}

func respond(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// put publishes an entry, or gives the error that the result has for it.
func (b *Bus) put(e entry) result {
	if code, err := e.check(); err != nil {
		return result{ErrorCode: code, ErrorMessage: err.Error()}
	}
	id, err := b.publish(e)
	if err != nil {
		return result{ErrorCode: "InternalFailure", ErrorMessage: err.Error()}
	}
	return result{EventID: id}
}

// check gives EventBridge's code and an error for an entry that it refuses.
func (e entry) check() (string, error) {
	switch {
	case e.Source == "" || e.DetailType == "" || e.Detail == "":
		return "InvalidArgument", errors.New("an entry needs Source, DetailType and Detail")
	case e.size() > maxEntry:
		return "InvalidArgument", fmt.Errorf("the entry has %d bytes, more than %d", e.size(), maxEntry)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(e.Detail), &object); err != nil || object == nil {
		return "MalformedDetail", errors.New("an entry's Detail must be a JSON object")
	}
	return "", nil
}

// size is the entry's size in bytes (Amazon EventBridge user guide, "Calculating
// PutEvents event entry size").
func (e entry) size() int {
	size := len(e.Source) + len(e.DetailType) + len(e.Detail)
	for _, resource := range e.Resources {
		size += len(resource)
	}
	if e.Time != nil {
		size += 14
	}
	return size
}

// at is the time of the event: the entry's own, or now.
func (e entry) at(now time.Time) time.Time {
	if e.Time == nil {
		return now
	}
	seconds, fraction := math.Modf(*e.Time)
	return time.Unix(int64(seconds), int64(fraction*float64(time.Second)))
}

// about gives the subject and sequence of a CloudEvent; "" for other events.
func (e entry) about() string {
	var cloudEvent struct{ Subject, Sequence string }
	_ = json.Unmarshal([]byte(e.Detail), &cloudEvent)
	if cloudEvent.Subject == "" {
		return ""
	}
	return " " + cloudEvent.Subject + ", sequence " + cmp.Or(cloudEvent.Sequence, "unknown")
}
