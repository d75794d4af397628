package history

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"

	"users-organizations/pkg/membership"
)

// Source is where all events come from (CloudEvents 1.0, "Context Attributes").
const Source = "/users-organizations/v1"

// typePrefix begins the type of each event.
const typePrefix = "users-organizations.membership."

// Event is the CloudEvent of an entry.
type Event struct{ Entry }

// Type is the type of the event, such as users-organizations.membership.changed.
func (e Event) Type() string { return typePrefix + string(e.Entry.Type) }

// MarshalJSONTo writes the event in the JSON format of CloudEvents 1.0. Sequences
// are ordered as texts (CloudEvents, extension "Sequence"), so they have a fixed
// width.
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
		SpecVersion: "1.0", ID: e.EventID, Source: Source, Type: e.Type(),
		Subject: e.Pair.subject(), Time: membership.FormatTime(e.At), Sequence: fmt.Sprintf("%016d", e.Sequence),
		DataContentType: "application/json", Data: e.Entry,
	})
}
