// Package apigateway decodes what the functions need of API Gateway's events.
package apigateway

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"strings"
)

// Decode reads an event into a struct. Names match exactly, and members that
// the struct does not name are skipped. Of a repeated name the last member
// counts, but two objects are merged where they fill a struct or a map. Members
// keep every member of the last object. What is not UTF-8 becomes U+FFFD, and
// null the zero value. The error does not quote the event, which holds the
// tokens.
func Decode(event []byte, into any) error {
	err := json.Unmarshal(event, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err == nil {
		return nil
	}
	kind, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return errors.New("the event is not one complete JSON text")
	}
	member, _, _ := strings.Cut(strings.TrimPrefix(string(kind.JSONPointer), "/"), "/")
	return fmt.Errorf("the event holds a value of another kind than is expected in %q", member)
}
