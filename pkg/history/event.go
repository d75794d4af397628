package history

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"

	"users-organizations/pkg/membership"
)

// The attributes that all events share (CloudEvents 1.0, "Context Attributes").
const (
	// Source is where the events come from.
	Source = "/users-organizations/v1"
	// typePrefix begins the type of each event.
	typePrefix = "users-organizations.membership."
)

// Event is the CloudEvent of an entry.
type Event struct{ Entry }

// Type tells what has happened, such as users-organizations.membership.changed.
func (e Event) Type() string { return typePrefix + string(e.Entry.Type) }

// MarshalJSONTo writes the event in the JSON format of CloudEvents 1.0. The
// sequence has a fixed width, so that its order is that of the texts
// (CloudEvents, extension "Sequence").
func (e Event) MarshalJSONTo(out *jsontext.Encoder) error {
	return json.MarshalEncode(out, struct {
		SpecVersion     string `json:"specversion"`
		ID              string `json:"id"`
		Source          string `json:"source"`
		Type            string `json:"type"`
		Subject         string `json:"subject"`
		Time            string `json:"time"`
		Sequence        string `json:"sequence"`
		DataContentType string `json:"datacontenttype"`
		Data            Entry  `json:"data"`
	}{
		"1.0", e.EventID, Source, e.Type(), e.Pair.subject(), membership.FormatTime(e.At),
		fmt.Sprintf("%016d", e.Sequence), "application/json", e.Entry,
	})
}
