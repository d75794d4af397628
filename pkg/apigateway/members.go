package apigateway

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"unicode/utf8"
)

// SingleValues has the values of an object of strings, of repeated names in order. It
// is nil if the event has no such object.
type SingleValues map[string][]string

// MultiValues are SingleValues of an object of arrays.
type MultiValues map[string][]string

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (v *SingleValues) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	*v, err = readValues(d, appendString)
	return err
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (v *MultiValues) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	*v, err = readValues(d, appendStrings)
	return err
}

func readValues(d *jsontext.Decoder, appendValue appender) (map[string][]string, error) {
	all := map[string][]string{}
	there, err := readMembers(d, func(name []byte) error {
		key := string(name)
		values, err := appendValue(all[key], d)
		all[key] = values
		return err
	})
	if !there {
		return nil, err
	}
	return all, err
}

// Texts has the strings of an object. A value of another kind is the empty string.
type Texts map[string]string

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (t *Texts) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*t = nil
	_, err := readMembers(d, func(name []byte) error {
		key := string(name)
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if *t == nil {
			*t = Texts{}
		}
		(*t)[key] = ""
		if value.Kind() == jsontext.KindString {
			(*t)[key] = string(unquote(value))
		}
		return nil
	})
	return err
}

// readMembers reads an object, and calls read for each of its members with the name,
// which is valid until read reads the value. There is no object if it is null. Asking
// encoding/json to decode each name and value would take several times as long.
func readMembers(d *jsontext.Decoder, read func(name []byte) error) (there bool, err error) {
	begin, err := readToken(d, jsontext.KindBeginObject)
	if err != nil || begin.Kind() == jsontext.KindNull {
		return false, err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadValue()
		if err != nil {
			return false, err
		}
		if err := read(unquote(name)); err != nil {
			return false, err
		}
	}
	_, err = d.ReadToken()
	return true, err
}

// unquote returns the text of a JSON string, which may share its memory.
func unquote(quoted jsontext.Value) []byte {
	if text := quoted[1 : len(quoted)-1]; bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return text
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // its error tells of bytes that are not UTF-8
	return text
}

// appender reads a value, and appends its strings.
type appender func(to []string, d *jsontext.Decoder) ([]string, error)

// appendString reads a string, or null as the empty one.
func appendString(to []string, d *jsontext.Decoder) ([]string, error) {
	token, err := readToken(d, jsontext.KindString)
	switch {
	case err != nil:
		return nil, err
	case token.Kind() == jsontext.KindNull:
		return append(to, ""), nil
	}
	return append(to, token.String()), nil
}

// appendStrings reads an array of strings, or null as an empty one.
func appendStrings(to []string, d *jsontext.Decoder) ([]string, error) {
	begin, err := readToken(d, jsontext.KindBeginArray)
	if err != nil || begin.Kind() == jsontext.KindNull {
		return to, err
	}
	for d.PeekKind() != jsontext.KindEndArray {
		if to, err = appendString(to, d); err != nil {
			return nil, err
		}
	}
	_, err = d.ReadToken()
	return to, err
}

// readToken reads a token of that kind, or null.
func readToken(d *jsontext.Decoder, want jsontext.Kind) (jsontext.Token, error) {
	token, err := d.ReadToken()
	if got := token.Kind(); err == nil && got != want && got != jsontext.KindNull {
		err = &json.SemanticError{JSONKind: got}
	}
	return token, err
}
