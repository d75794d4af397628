// Package apigateway decodes what the functions need from API Gateway's events.
package apigateway

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"strings"
)

// Decode reads an event into a struct. Names must match exactly, except those of
// Headers; members that the struct does not name are skipped. Of members with the same
// name the last counts, but structs are merged, and inside one Headers, SingleValues or
// MultiValues all values of a repeated name are kept. Bytes that are not UTF-8 become U+FFFD, and null becomes the zero
// value. The error does not quote the event, which contains the tokens.
func Decode(event []byte, into any) error {
	err := json.Unmarshal(event, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err == nil {
		return nil
	}
	mismatch, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return errors.New("the event is not one complete JSON text")
	}
	if mismatch.JSONPointer == "" {
		return errors.New("the event is not an object")
	}
	member, _, _ := strings.Cut(strings.TrimPrefix(string(mismatch.JSONPointer), "/"), "/")
	return fmt.Errorf("the event has a value of an unexpected kind in %q", member)
}
