package token

import (
	"encoding/base64"
	"strings"

	"users-organizations/pkg/strictjson"
)

// maxLength is the longest token, in bytes. It bounds the work that a token can
// cause before its signature is checked.
const maxLength = 4 << 10

// unverified is a token with a valid form and header, before its signature is
// checked.
type unverified struct {
	kind      Kind
	algorithm string
	// keyID is empty if the token names no key.
	keyID string
	// signed is what the signature covers: header and claims, still encoded.
	signed    string
	claims    string
	signature []byte
}

// encoding is base64url without padding; the unused bits of the last character
// must be zero. It ignores line breaks, so inAlphabet must check the text first.
var encoding = base64.RawURLEncoding.Strict()

// open reads a JWS in compact serialization (RFC 7515, section 7.1).
func open(kind Kind, text string) (unverified, error) {
	switch {
	case len(text) > maxLength:
		return unverified{}, refuse(kind, ReasonTooLong)
	case strings.Count(text, ".") != 2:
		return unverified{}, refuse(kind, ReasonNotCompact)
	case !inAlphabet(text):
		return unverified{}, refuse(kind, ReasonNotBase64URL)
	}
	header, rest, _ := strings.Cut(text, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	signatureBytes, err := encoding.DecodeString(signature)
	if err != nil {
		return unverified{}, refuse(kind, ReasonNotBase64URL)
	}
	object, err := decodeObject(kind, header)
	if err != nil {
		return unverified{}, err
	}
	t := unverified{
		kind:      kind,
		signed:    text[:len(header)+1+len(claims)],
		claims:    claims,
		signature: signatureBytes,
	}
	err = t.readHeader(object)
	return t, err
}

func inAlphabet(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// decodeObject reads one part of a token, which must be a JSON object that all
// readers understand alike.
func decodeObject(kind Kind, part string) (strictjson.Value, error) {
	data, err := encoding.DecodeString(part)
	if err != nil {
		return strictjson.Value{}, refuse(kind, ReasonNotBase64URL)
	}
	v, err := strictjson.Parse(data)
	if err != nil || v.Kind != strictjson.Object {
		return strictjson.Value{}, refuse(kind, ReasonNotJSON)
	}
	if v.HasRepeatedName() || hasNamesEqualButForCase(v) {
		return strictjson.Value{}, refuse(kind, ReasonRepeatedName)
	}
	return v, nil
}

// hasNamesEqualButForCase finds names such as exp and Exp, which some readers do
// not distinguish. Only the top level has names that a reader checks.
func hasNamesEqualButForCase(v strictjson.Value) bool {
	for i, m := range v.Members {
		for _, earlier := range v.Members[:i] {
			if strings.EqualFold(m.Name, earlier.Name) {
				return true
			}
		}
	}
	return false
}

// refusedParameters change how a token is read, or bring the key to verify it
// with. This service supports none of them, and must not ignore them: it would
// read something else than the issuer wrote.
var refusedParameters = [...]string{"crit", "b64", "zip", "jku", "x5u", "jwk", "x5c"}

func (t *unverified) readHeader(header strictjson.Value) error {
	for _, name := range refusedParameters {
		if _, there := header.Member(name); there {
			return refuse(t.kind, ReasonParameter)
		}
	}
	if typ, there := header.Member("typ"); there && !t.kind.hasType(typ) {
		return refuse(t.kind, ReasonType)
	}
	algorithm, _ := header.Member("alg")
	if algorithm.Kind != strictjson.String {
		return refuse(t.kind, ReasonAlgorithm)
	}
	t.algorithm = algorithm.Text
	keyID, there := header.Member("kid")
	if !there {
		return nil
	}
	if keyID.Kind != strictjson.String || !isKeyID(keyID.Text) {
		return refuse(t.kind, ReasonKeyID)
	}
	t.keyID = keyID.Text
	return nil
}

// hasType says whether a token of this kind may have that typ. at+jwt is the type
// of an access token (RFC 9068, section 2.1), which is not a session token.
func (k Kind) hasType(typ strictjson.Value) bool {
	if typ.Kind != strictjson.String {
		return false
	}
	return typ.Text == "JWT" || k == Bearer && typ.Text == "at+jwt"
}
