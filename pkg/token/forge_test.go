package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// now is the time of the tests.
var now = time.Unix(1_800_000_000, 0)

const (
	user     = "1234567890"
	issuer   = "https://issuer.example"
	audience = "users-organizations"
	scope    = "users-organizations:write"
)

var rules = Rules{Issuer: issuer, Audience: audience, Prefix: "users-organizations"}

// signer is a key that tests sign with, and the JWK that it is verified with.
type signer struct {
	id     string
	method jwt.SigningMethod
	secret any
	public any
	jwk    string
}

func (s signer) sign(signed string) []byte {
	signature, err := s.method.Sign(signed, s.secret)
	if err != nil {
		panic(err)
	}
	return signature
}

var b64 = base64.RawURLEncoding

func hmacSigner(id, secret string) signer {
	return signer{
		id: id, method: jwt.SigningMethodHS256, secret: []byte(secret), public: []byte(secret),
		jwk: fmt.Sprintf(`{"kty":"oct","alg":"HS256","use":"sig","kid":%q,"k":%q}`, id, b64.EncodeToString([]byte(secret))),
	}
}

func rsaSigner(id string) signer {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return signer{
		id: id, method: jwt.SigningMethodRS256, secret: private, public: &private.PublicKey,
		jwk: fmt.Sprintf(`{"kty":"RSA","alg":"RS256","kid":%q,"n":%q,"e":%q}`, id, b64.EncodeToString(private.N.Bytes()),
			b64.EncodeToString(big.NewInt(int64(private.E)).Bytes())),
	}
}

func ecdsaSigner(id string) signer {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return signer{
		id: id, method: jwt.SigningMethodES256, secret: private, public: &private.PublicKey,
		jwk: fmt.Sprintf(`{"kty":"EC","crv":"P-256","alg":"ES256","kid":%q,"x":%q,"y":%q}`, id,
			b64.EncodeToString(point[1:33]), b64.EncodeToString(point[33:])),
	}
}

func ed25519Signer(id string) signer {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return signer{
		id: id, method: jwt.SigningMethodEdDSA, secret: crypto.Signer(private), public: public,
		jwk: ed25519JWK(id, public),
	}
}

// signers returns a key for each kind and algorithm, made once: RSA takes time.
var signers = sync.OnceValue(func() map[Kind]map[string]signer {
	all := map[Kind]map[string]signer{}
	for _, kind := range []Kind{Bearer, Session} {
		name := func(algorithm string) string { return string(kind) + "-" + algorithm }
		all[kind] = map[string]signer{
			"HS256": hmacSigner(name("HS256"), strings.Repeat(string(kind), 6)),
			"RS256": rsaSigner(name("RS256")),
			"ES256": ecdsaSigner(name("ES256")),
			"EdDSA": ed25519Signer(name("EdDSA")),
		}
	}
	return all
})

// jwkSet returns the JWK Set of keys.
func jwkSet(keys ...signer) []byte {
	var jwks []string
	for _, k := range keys {
		jwks = append(jwks, k.jwk)
	}
	return []byte(`{"keys":[` + strings.Join(jwks, ",") + `]}`)
}

// fullKeys returns a key of every algorithm for each kind.
func fullKeys(tb testing.TB) *Keys {
	tb.Helper()
	set := func(kind Kind) []byte {
		s := signers()[kind]
		return jwkSet(s["HS256"], s["RS256"], s["ES256"], s["EdDSA"])
	}
	return parseKeys(tb, set(Bearer), set(Session))
}

// hmacKeys returns one HMAC key for each kind.
func hmacKeys(tb testing.TB) *Keys {
	tb.Helper()
	return parseKeys(tb, jwkSet(signers()[Bearer]["HS256"]), jwkSet(signers()[Session]["HS256"]))
}

func parseKeys(tb testing.TB, bearer, session []byte) *Keys {
	tb.Helper()
	keys, err := ParseKeys(bearer, session)
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}

func at(when time.Time) func() time.Time {
	return func() time.Time { return when }
}

// fixed returns a ring whose keys never change.
func fixed(keys *Keys) *Keyring {
	return NewKeyring(func(context.Context) (*Keys, error) { return keys, nil }, at(now))
}

func verifier(keys *Keys, r Rules) *Verifier {
	return &Verifier{Rules: r, Keys: fixed(keys), Now: at(now)}
}

// member is a name and the JSON of its value.
type member struct{ name, value string }

type members []member

// set replaces every member of that name, or adds one.
func (m *members) set(name, value string) {
	m.remove(name)
	m.add(name, value)
}

func (m *members) add(name, value string) {
	*m = append(*m, member{name, value})
}

func (m *members) remove(name string) {
	var kept members
	for _, one := range *m {
		if one.name != name {
			kept = append(kept, one)
		}
	}
	*m = kept
}

func (m members) String() string {
	parts := make([]string, len(m))
	for i, one := range m {
		parts[i] = `"` + one.name + `":` + one.value
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// forgery is a token under construction. Nothing in it is checked.
type forgery struct {
	kind           Kind
	header, claims members
	// rawHeader and rawClaims replace the JSON of header and claims.
	rawHeader, rawClaims *string
	encode               func([]byte) string
	sign                 func(signed string) []byte
	// finish changes the whole text.
	finish func(text string) string
}

// genuine returns a valid token, signed by the HMAC key of its kind.
func genuine(kind Kind) *forgery {
	f := &forgery{kind: kind, encode: b64.EncodeToString, finish: func(text string) string { return text }}
	f.signWith("HS256")
	f.header.add("typ", `"JWT"`)
	f.claims = members{{"iat", seconds64(now.Add(-time.Minute))}, {"exp", seconds64(now.Add(time.Hour))}}
	if kind == Bearer {
		f.claims = append(f.claims, member{"sub", `"` + user + `"`}, member{"iss", `"` + issuer + `"`},
			member{"aud", `"` + audience + `"`}, member{"scope", `"openid ` + scope + `"`})
	} else {
		f.claims = append(f.claims, member{"userId", `"` + user + `"`}, member{"sessionId", `"abcdef123456"`})
	}
	return f
}

func seconds64(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// signWith names the key of an algorithm in the header, and signs with it.
func (f *forgery) signWith(algorithm string) {
	s := signers()[f.kind][algorithm]
	f.header.set("alg", `"`+algorithm+`"`)
	f.header.set("kid", `"`+s.id+`"`)
	f.sign = s.sign
}

func (f *forgery) text() string {
	header, claims := f.header.String(), f.claims.String()
	if f.rawHeader != nil {
		header = *f.rawHeader
	}
	if f.rawClaims != nil {
		claims = *f.rawClaims
	}
	signed := f.encode([]byte(header)) + "." + f.encode([]byte(claims))
	return f.finish(signed + "." + b64.EncodeToString(f.sign(signed)))
}

// pair returns the forgery and a valid token of the other kind.
func (f *forgery) pair() (bearer, session string) {
	if f.kind == Bearer {
		return f.text(), genuine(Session).text()
	}
	return genuine(Bearer).text(), f.text()
}
