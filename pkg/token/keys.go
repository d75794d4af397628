package token

import (
	"fmt"

	"users-organizations/pkg/strictjson"
)

// Keys are the keys of both kinds of token. They are immutable.
type Keys struct {
	bearer, session set
}

// set has the keys of one kind by kid. It is never empty.
type set map[string]key

// InvalidKeysError says which key breaks which rule. It contains no key material.
type InvalidKeysError struct {
	// Where names the set and the key, by kid if that is valid.
	Where string
	// Problem completes a sentence that begins with Where.
	Problem string
}

func (e *InvalidKeysError) Error() string {
	return e.Where + " " + e.Problem
}

// ParseKeys reads two documents, each a JWK Set (RFC 7517, section 5) or a
// single JWK. Its error is an *InvalidKeysError.
func ParseKeys(bearer, session []byte) (*Keys, error) {
	b, err := parse(string(Bearer), bearer)
	if err != nil {
		return nil, err
	}
	s, err := parse(string(Session), session)
	if err != nil {
		return nil, err
	}
	return newKeys(b, s)
}

// ParseKeyFile reads both sets from one document: an object whose "bearer" and
// "session" are what ParseKeys takes. Its errors are those of ParseKeys.
func ParseKeyFile(data []byte) (*Keys, error) {
	file, err := parse("key", data)
	if err != nil {
		return nil, err
	}
	bearer, hasBearer := file.Member(string(Bearer))
	session, hasSession := file.Member(string(Session))
	if !hasBearer || !hasSession || len(file.Members) != 2 {
		return nil, &InvalidKeysError{"the keys", `must be an object of "bearer" and "session", nothing else`}
	}
	return newKeys(bearer, session)
}

func parse(name string, data []byte) (strictjson.Value, error) {
	v, err := strictjson.Parse(data)
	if err != nil {
		return v, &InvalidKeysError{"the " + name + " document", err.Error()}
	}
	if v.HasRepeatedName() {
		return v, &InvalidKeysError{"the " + name + " document", "has an object with the same name twice"}
	}
	return v, nil
}

func newKeys(bearer, session strictjson.Value) (*Keys, error) {
	b, err := readSet(Bearer, bearer)
	if err != nil {
		return nil, err
	}
	s, err := readSet(Session, session)
	if err != nil {
		return nil, err
	}
	return disjoint(b, s)
}

func readSet(kind Kind, v strictjson.Value) (set, error) {
	where := fmt.Sprintf("the %s set", kind)
	jwks := []strictjson.Value{v}
	if keys, isSet := v.Member("keys"); isSet {
		if keys.Kind != strictjson.Array || len(keys.Items) == 0 {
			return nil, &InvalidKeysError{where, "must hold at least one key in the array \"keys\""}
		}
		jwks = keys.Items
	} else if _, isKey := v.Member("kty"); !isKey {
		return nil, &InvalidKeysError{where, "is neither a JWK Set nor a JWK"}
	}
	s := make(set, len(jwks))
	for i, jwk := range jwks {
		k, err := readKey(jwk)
		if err != nil {
			return nil, &InvalidKeysError{keyName(kind, jwk, i), err.Error()}
		}
		if _, twice := s[k.id]; twice {
			return nil, &InvalidKeysError{keyName(kind, jwk, i), "has the kid of another key of the set"}
		}
		s[k.id] = k
	}
	return s, nil
}

// keyName names a key by its kid or, if that is invalid, by its place in the
// set, counted from 1. An error must not repeat any other text of a key.
func keyName(kind Kind, jwk strictjson.Value, index int) string {
	if id, _ := jwk.Member("kid"); id.Kind == strictjson.String && isKeyID(id.Text) {
		return fmt.Sprintf("key %q of the %s set", id.Text, kind)
	}
	return fmt.Sprintf("key number %d of the %s set", index+1, kind)
}

// disjoint refuses sets that share a key: a token of one kind would be valid as
// the other.
func disjoint(bearer, session set) (*Keys, error) {
	for _, b := range bearer {
		for _, s := range session {
			if b.material == s.material {
				return nil, &InvalidKeysError{
					Where:   fmt.Sprintf("key %q of the bearer set", b.id),
					Problem: fmt.Sprintf("is the same key as %q of the session set", s.id),
				}
			}
		}
	}
	return &Keys{bearer: bearer, session: session}, nil
}

// find returns the keys that the two tokens must be signed with.
func (k *Keys) find(bearer, session unverified) (bearerKey, sessionKey key, err error) {
	if bearerKey, err = k.bearer.find(bearer); err != nil {
		return key{}, key{}, err
	}
	if sessionKey, err = k.session.find(session); err != nil {
		return key{}, key{}, err
	}
	return bearerKey, sessionKey, nil
}

// find returns the key that t names or, if t names none, the only key of the set.
func (s set) find(t unverified) (key, error) {
	k, known := s[t.keyID]
	switch {
	case t.keyID == "" && len(s) == 1:
		for _, k = range s {
		}
	case t.keyID == "":
		return key{}, refuse(t.kind, ReasonKeyID)
	case !known:
		return key{}, refuse(t.kind, ReasonUnknownKey)
	}
	if t.algorithm != k.method.Alg() {
		return key{}, refuse(t.kind, ReasonAlgorithm)
	}
	return k, nil
}
