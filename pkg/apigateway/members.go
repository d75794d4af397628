package apigateway

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
)

// Members are the members of a JSON object in order, including repeated names. It
// is nil if the event has no such object, or null.
type Members[T any] []Member[T]

// Member is one name and value of an object.
type Member[T any] struct {
	Name  string
	Value T
}

// initialCapacity is in members.
const initialCapacity = 32

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (m *Members[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	begin, err := d.ReadToken()
	switch {
	case err != nil:
		return err
	case begin.Kind() == jsontext.KindNull:
		*m = nil
		return nil
	case begin.Kind() != jsontext.KindBeginObject:
		return &json.SemanticError{JSONKind: begin.Kind()}
	}
	*m = make(Members[T], 0, initialCapacity)
	for d.PeekKind() != jsontext.KindEndObject {
		var member Member[T]
		if err := json.UnmarshalDecode(d, &member.Name); err != nil {
			return err
		}
		if err := json.UnmarshalDecode(d, &member.Value); err != nil {
			return err
		}
		*m = append(*m, member)
	}
	_, err = d.ReadToken()
	return err
}

// Lists returns all values of each name of the headers or of the query, which an
// event has in two forms. single has only the last value of each name. It is used
// if the event, made by hand, has no multi.
func Lists(single Members[string], multi Members[[]string]) Members[[]string] {
	if multi != nil {
		return multi
	}
	for _, m := range single {
		multi = append(multi, Member[[]string]{m.Name, []string{m.Value}})
	}
	return multi
}
