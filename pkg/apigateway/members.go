package apigateway

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
)

// Member is one name of an object, and its values.
type Member struct {
	Name   string
	Values []string
}

// SingleValues are the members of an object of strings in order, including repeated
// names. It is nil if the event has no such object, or null.
type SingleValues []Member

// MultiValues are SingleValues with an array of strings for each name.
type MultiValues []Member

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (s *SingleValues) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	*s, err = readMembers(d, appendString)
	return err
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (m *MultiValues) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	*m, err = readMembers(d, appendArray)
	return err
}

// initialCapacity is that of the members and of their values: most events have fewer.
const initialCapacity = 32

// readMembers reads an object token by token: asking encoding/json to decode each
// name and value would take several times as long.
func readMembers(
	d *jsontext.Decoder, appendValues func([]string, *jsontext.Decoder) ([]string, error),
) ([]Member, error) {
	begin, err := readToken(d, jsontext.KindBeginObject)
	if err != nil || begin.Kind() == jsontext.KindNull {
		return nil, err
	}
	members, values := make([]Member, 0, initialCapacity), make([]string, 0, initialCapacity)
	for {
		token, err := d.ReadToken()
		if err != nil || token.Kind() == jsontext.KindEndObject {
			return members, err
		}
		name, before := token.String(), len(values)
		if values, err = appendValues(values, d); err != nil {
			return nil, err
		}
		members = append(members, Member{name, values[before:len(values):len(values)]})
	}
}

// appendString reads a string, or null as the empty one.
func appendString(values []string, d *jsontext.Decoder) ([]string, error) {
	token, err := readToken(d, jsontext.KindString)
	switch {
	case err != nil:
		return nil, err
	case token.Kind() == jsontext.KindNull:
		return append(values, ""), nil
	}
	return append(values, token.String()), nil
}

// appendArray reads an array of strings, or null as an empty one.
func appendArray(values []string, d *jsontext.Decoder) ([]string, error) {
	begin, err := readToken(d, jsontext.KindBeginArray)
	if err != nil || begin.Kind() == jsontext.KindNull {
		return values, err
	}
	for d.PeekKind() != jsontext.KindEndArray {
		if values, err = appendString(values, d); err != nil {
			return nil, err
		}
	}
	_, err = d.ReadToken()
	return values, err
}

// readToken reads a token of that kind, or null.
func readToken(d *jsontext.Decoder, want jsontext.Kind) (jsontext.Token, error) {
	token, err := d.ReadToken()
	if got := token.Kind(); err == nil && got != want && got != jsontext.KindNull {
		err = &json.SemanticError{JSONKind: got}
	}
	return token, err
}

// Members returns all values of each name of the headers or of the query, which an
// event has in two forms. single has only the last value of each name. It is used
// if the event, made by hand, has no multi.
func Members(single SingleValues, multi MultiValues) []Member {
	if multi != nil {
		return multi
	}
	return single
}
