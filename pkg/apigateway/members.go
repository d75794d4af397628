package apigateway

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
)

// Members are those of a JSON object in their order, repeated names included.
// They are nil where an event has null for the object, or nothing.
type Members[T any] []Member[T]

// Member is one name and value of an object.
type Member[T any] struct {
	Name  string
	Value T
}

// usual is how many members there is room for from the beginning.
const usual = 32

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
	*m = make(Members[T], 0, usual)
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

// Lists gives all values of each name of the headers or of the query, which an
// event carries in two forms. Only multi says that a name came twice: single
// keeps the last value, and counts where an event, made by hand, has nothing
// else.
func Lists(single Members[string], multi Members[[]string]) Members[[]string] {
	if multi != nil {
		return multi
	}
	for _, m := range single {
		multi = append(multi, Member[[]string]{m.Name, []string{m.Value}})
	}
	return multi
}
