package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// attack is a pair of tokens that must be refused.
//
// change spoils one token of a genuine pair. The signature is made afterwards,
// with the right key unless the attack is about the signature, so that only the
// rule of the attack can refuse the token.
type attack struct {
	name string
	// does says how the token differs from a valid one.
	does string
	// rule is the source of the rule.
	rule string
	// reason is the expected refusal; forbidden for valid tokens without the scope.
	reason Reason
	change func(*forgery)
	// only is the one kind that can be attacked; empty for both.
	only Kind
}

const forbidden Reason = "forbidden"

// The sources of the rules.
const (
	rfc6749    = "RFC 6749, 3.3"
	rfc7515enc = "RFC 7515, 2"
	rfc7515sig = "RFC 7515, 5.2"
	rfc7515c   = "RFC 7515, 7.1"
	rfc7515d   = "RFC 7515, 4"
	rfc7515x   = "RFC 7515, 4.1.11"
	rfc7518    = "RFC 7518, 3"
	rfc7519    = "RFC 7519, 4.1"
	rfc7797    = "RFC 7797, 3"
	rfc8259    = "RFC 8259, 8.1"
	rfc8725alg = "RFC 8725, 3.1"
	rfc8725in  = "RFC 8725, 3.4"
	rfc8725key = "RFC 8725, 3.5"
	rfc8725zip = "RFC 8725, 3.6"
	rfc8725utf = "RFC 8725, 3.7"
	rfc8725iss = "RFC 8725, 3.8"
	rfc8725aud = "RFC 8725, 3.9"
	rfc8725ext = "RFC 8725, 3.10"
	rfc8725typ = "RFC 8725, 3.11"
	rfc8725mix = "RFC 8725, 3.12"
	rfc9864    = "RFC 9864, 2.2"
	// draftBCP is to replace RFC 8725, as of August 2026.
	draftBCP = "draft-ietf-oauth-rfc8725bis-10"
	own      = "this service"
)

// attacks has every refusal. ATTACKS.md is made from it.
var attacks = []attack{
	// The form of the text.
	{"no token", "is the empty text", rfc7515c, ReasonNotCompact, finish(func(string) string { return "" }), ""},
	{"two parts", "leaves out the signature and its dot", rfc7515c, ReasonNotCompact, finish(func(s string) string { return s[:strings.LastIndexByte(s, '.')] }), ""},
	{"four parts", "has a fourth part", rfc7515c, ReasonNotCompact, finish(func(s string) string { return s + ".AA" }), ""},
	{"encrypted", "has five parts, as a JWE has", draftBCP, ReasonNotCompact, finish(func(s string) string { return s + ".AA.AA" }), ""},
	{"JSON serialization", "is a JWS in flattened JSON serialization", draftBCP, ReasonNotCompact, finish(flattened), ""},
	{"encrypted and compressed", "is a JWE that would grow when it is decrypted", draftBCP, ReasonNotCompact, finish(bomb), ""},
	{"general JSON serialization", "is a JWS in general JSON serialization, with two signatures", draftBCP, ReasonNotCompact, finish(general), ""},
	{"JSON around a compact token", "is an object with the whole token as a member", draftBCP, ReasonNotBase64URL, finish(func(s string) string { return `{"` + s + `":0}` }), ""},
	{"only dots", "is 4 KiB of dots", own, ReasonNotCompact, finish(func(string) string { return strings.Repeat(".", maxLength) }), ""},
	{"too long", "is one character longer than 4 KiB", own, ReasonTooLong, asLongAs(4097), ""},
	{"padded signature", "ends in =", rfc7515enc, ReasonNotBase64URL, finish(func(s string) string { return s + "=" }), ""},
	{"padded claims", "pads its parts with =, and is signed over that", rfc7515enc, ReasonNotBase64URL, encodeWith(base64.URLEncoding, " "), ""},
	{"standard base64", "writes + and / where base64url writes - and _", rfc7515enc, ReasonNotBase64URL, encodeWith(base64.RawStdEncoding, "~~~???"), ""},
	{"non-canonical header", "sets unused bits in the last character of the header", rfc7515enc, ReasonNotBase64URL, looseBits("header"), ""},
	{"non-canonical claims", "sets unused bits in the last character of the claims", rfc7515enc, ReasonNotBase64URL, looseBits("claims"), ""},
	{"non-canonical signature", "sets unused bits in the last character of the signature", rfc7515enc, ReasonNotBase64URL, finish(loosen), ""},
	{"line break", "has a line break in it", rfc7515enc, ReasonNotBase64URL, finish(func(s string) string { return s[:9] + "\n" + s[9:] }), ""},
	{"carriage return at the end", "ends in a carriage return", rfc7515enc, ReasonNotBase64URL, finish(func(s string) string { return s + "\r" }), ""},
	{"white space before", "begins with a space", rfc7515enc, ReasonNotBase64URL, finish(func(s string) string { return " " + s }), ""},
	{"NUL", "ends in a zero byte", rfc7515enc, ReasonNotBase64URL, finish(func(s string) string { return s + "\x00" }), ""},
	{"not ASCII", "has a letter that only looks like one of base64url", rfc7515enc, ReasonNotBase64URL, finish(func(s string) string { return s[:5] + "а" + s[5:] }), ""},
	{"a list", "is followed by a comma and more text, as when two headers are joined", own, ReasonNotBase64URL, finish(func(s string) string { return s + ", x" }), ""},

	// The header as JSON.
	{"empty header", "has an empty first part", rfc7515d, ReasonNotJSON, rawHeader(""), ""},
	{"header is an array", "has an array as its header", rfc7515d, ReasonNotJSON, rawHeader(`["alg","HS256"]`), ""},
	{"header is null", "has null as its header", rfc7515d, ReasonNotJSON, rawHeader(`null`), ""},
	{"header cut short", "has a header without its last brace", rfc7515d, ReasonNotJSON, editHeader(func(s string) string { return s[:len(s)-1] }), ""},
	{"header goes on", "has a second object after its header", rfc7515d, ReasonNotJSON, editHeader(func(s string) string { return s + "{}" }), ""},
	{"header with a byte order mark", "begins its header with a byte order mark", rfc8259, ReasonNotJSON, editHeader(func(s string) string { return "\ufeff" + s }), ""},
	{"header in another encoding", "has a byte in its header that is not UTF-8", rfc8259, ReasonNotJSON, header("cty", "\"\xff\""), ""},
	{"header in UTF-16", "has a header in UTF-16", rfc8725utf, ReasonNotJSON, editHeader(utf16), ""},
	{"alg twice", "names its algorithm twice, the right one last", rfc7515d, ReasonRepeatedName, rawHeaderf(`{"alg":"none","alg":"HS256","kid":%q}`), ""},
	{"kid twice", "names its key twice, the right one first", rfc7515d, ReasonRepeatedName, addHeader("kid", `"other"`), ""},
	{"kid twice in disguise", "writes the second kid with an escape", rfc7515d, ReasonRepeatedName, addHeader(`\u006bid`, `"other"`), ""},
	{"twice in depth", "repeats a name inside an object of its header", rfc7515d, ReasonRepeatedName, header("cty", `[{"a":{"b":1,"b":2}}]`), ""},
	{"Alg beside alg", "has two names in its header that differ by case", draftBCP, ReasonRepeatedName, addHeader("Alg", `"none"`), ""},
	{"Kelvin sign", "writes kid a second time with U+212A, whose lower case is k", draftBCP, ReasonRepeatedName, addHeader("\u212aid", `"other"`), ""},

	// The parameters of the header.
	{"alg none", "says that it needs no signature, and has none", rfc8725alg, ReasonAlgorithm, unsigned("none"), ""},
	{"alg None", "says None instead of none", draftBCP, ReasonAlgorithm, unsigned("None"), ""},
	{"alg NONE", "says NONE instead of none", draftBCP, ReasonAlgorithm, unsigned("NONE"), ""},
	{"alg nOnE", "says nOnE instead of none", draftBCP, ReasonAlgorithm, unsigned("nOnE"), ""},
	{"alg noNE", "says noNE, a spelling that got past lists of forbidden ones", draftBCP, ReasonAlgorithm, unsigned("noNE"), ""},
	{"alg none with a space", "says none with a space after it", draftBCP, ReasonAlgorithm, unsigned("none "), ""},
	{"alg none, yet signed", "says that it needs no signature, but has the right one", rfc8725alg, ReasonAlgorithm, header("alg", `"none"`), ""},
	{"no alg", "names no algorithm", rfc7515d, ReasonAlgorithm, dropHeader("alg"), ""},
	{"empty alg", "has the empty text for alg", rfc7515d, ReasonAlgorithm, header("alg", `""`), ""},
	{"alg null", "has null for alg", rfc7515d, ReasonAlgorithm, header("alg", `null`), ""},
	{"alg is an array", "lists the right algorithm", rfc7515d, ReasonAlgorithm, header("alg", `["HS256"]`), ""},
	{"alg in lower case", "writes hs256", rfc7515d, ReasonAlgorithm, header("alg", `"hs256"`), ""},
	{"alg with a zero byte", "writes HS256 and a zero byte", rfc7515d, ReasonAlgorithm, header("alg", `"HS256\u0000"`), ""},
	{"alg Ed25519", "says Ed25519, a newer name of EdDSA that its key does not have", rfc9864, ReasonAlgorithm, renamed("EdDSA", "Ed25519"), ""},
	{"HS512", "is signed with HS512 by the key for HS256", rfc8725alg, ReasonAlgorithm, signAs("HS256", jwt.SigningMethodHS512), ""},
	{"HS384", "is signed with HS384 by the key for HS256", rfc8725alg, ReasonAlgorithm, signAs("HS256", jwt.SigningMethodHS384), ""},
	{"RS512", "is signed with RS512 by the key for RS256", rfc8725alg, ReasonAlgorithm, signAs("RS256", jwt.SigningMethodRS512), ""},
	{"PS256", "is signed with PS256 by the key for RS256", rfc8725alg, ReasonAlgorithm, signAs("RS256", jwt.SigningMethodPS256), ""},
	{"PS256 called RS256", "is signed with PS256 and says RS256", rfc8725alg, ReasonSignature, disguised("RS256", jwt.SigningMethodPS256), ""},
	{"HMAC with an RSA key", "says HS256 and is signed with the public RSA key as a secret", rfc8725alg, ReasonAlgorithm, publicAsSecret("RS256"), ""},
	{"HMAC with an EC key", "says HS256 and is signed with the public EC key as a secret", rfc8725alg, ReasonAlgorithm, publicAsSecret("ES256"), ""},
	{"HMAC with an Ed25519 key", "says HS256 and is signed with the public Ed25519 key as a secret", rfc8725alg, ReasonAlgorithm, publicAsSecret("EdDSA"), ""},
	{"another key's algorithm", "says RS256, names the HMAC key, and is signed by it", rfc8725alg, ReasonAlgorithm, header("alg", `"RS256"`), ""},
	{"algorithm for encryption", "says dir, which encrypts", draftBCP, ReasonAlgorithm, header("alg", `"dir"`), ""},
	{"costly algorithm", "says PBES2 with a huge iteration count", draftBCP, ReasonAlgorithm, costly, ""},
	{"crit", "marks an unknown parameter as critical", rfc7515x, ReasonParameter, header("crit", `["x"]`), ""},
	{"crit naming exp", "marks exp as critical, which it has", rfc7515x, ReasonParameter, header("crit", `["exp"]`), ""},
	{"empty crit", "has an empty list of critical parameters", rfc7515x, ReasonParameter, header("crit", `[]`), ""},
	{"b64 false", "says that its claims are not encoded", rfc7797, ReasonParameter, header("b64", `false`), ""},
	{"b64 true", "says that its claims are encoded", rfc7797, ReasonParameter, header("b64", `true`), ""},
	{"zip", "says that its claims are compressed", rfc8725zip, ReasonParameter, header("zip", `"DEF"`), ""},
	{"jku", "names an address to load its key from", rfc8725ext, ReasonParameter, header("jku", `"https://attacker.example/keys"`), ""},
	{"x5u", "names an address to load its certificate from", rfc8725ext, ReasonParameter, header("x5u", `"https://attacker.example/cert"`), ""},
	{"jwk", "brings the key that it is signed with", rfc8725ext, ReasonParameter, embeddedKey, ""},
	{"x5c", "brings a certificate", rfc8725ext, ReasonParameter, header("x5c", `["MIIB"]`), ""},
	{"typ of another token", "says that it is a logout token", rfc8725typ, ReasonType, header("typ", `"logout+jwt"`), ""},
	{"typ of a proof", "says that it is a proof of possession", rfc8725typ, ReasonType, header("typ", `"dpop+jwt"`), ""},
	{"typ in lower case", "writes jwt", rfc8725typ, ReasonType, header("typ", `"jwt"`), ""},
	{"typ as a media type", "writes application/jwt", rfc8725typ, ReasonType, header("typ", `"application/jwt"`), ""},
	{"typ null", "has null for typ", rfc8725typ, ReasonType, header("typ", `null`), ""},
	{"typ is an array", "lists the right type", rfc8725typ, ReasonType, header("typ", `["JWT"]`), ""},
	{"access token as a session", "says at+jwt where a session token belongs", rfc8725typ, ReasonType, header("typ", `"at+jwt"`), Session},

	// The choice of the key.
	{"unknown kid", "names a key that is not in the set", own, ReasonUnknownKey, header("kid", `"nobody"`), ""},
	{"kid in another case", "names the right key in capitals", own, ReasonUnknownKey, upperKeyID, ""},
	{"no kid", "names none of several keys", own, ReasonKeyID, dropHeader("kid"), ""},
	{"empty kid", "has the empty text for kid", own, ReasonKeyID, header("kid", `""`), ""},
	{"kid null", "has null for kid", own, ReasonKeyID, header("kid", `null`), ""},
	{"kid is a number", "has a number for kid", own, ReasonKeyID, header("kid", `1`), ""},
	{"kid is a path", "names a file of zeros as its key, and is signed with no bytes", rfc8725ext, ReasonKeyID, emptySecret("../../../dev/null"), ""},
	{"kid is a query", "names its key with a quotation mark and a comment", rfc8725ext, ReasonKeyID, header("kid", `"x' UNION SELECT 'k';--"`), ""},
	{"kid is long", "names its key with 65 characters", own, ReasonKeyID, header("kid", `"`+strings.Repeat("a", 65)+`"`), ""},
	{"the other kind's key", "names a key of the other set, and is signed by it", rfc8725mix, ReasonUnknownKey, otherKindsKey, ""},
	{"the other kind's token", "is the token of the other kind", rfc8725mix, ReasonUnknownKey, otherKindsToken, ""},

	// The signature.
	{"no signature", "has an empty signature", rfc7515sig, ReasonSignature, signature(func([]byte) []byte { return nil }), ""},
	{"short signature", "leaves out the last byte of the signature", rfc7515sig, ReasonSignature, signature(func(s []byte) []byte { return s[:len(s)-1] }), ""},
	{"long signature", "adds a byte to the signature", rfc7515sig, ReasonSignature, signature(func(s []byte) []byte { return append(s, 0) }), ""},
	{"changed signature", "differs by one bit of the signature", rfc7515sig, ReasonSignature, signature(func(s []byte) []byte { s[0] ^= 1; return s }), ""},
	{"changed claims", "names another user after it was signed", rfc7515sig, ReasonSignature, swappedClaims, ""},
	{"wrong key", "is signed by an unknown key, under a known kid", rfc7515sig, ReasonSignature, strangersKey, ""},
	{"empty secret", "is signed with no bytes as the secret", rfc8725key, ReasonSignature, emptySecret(""), ""},
	{"another key of the set", "names one HMAC key, and is signed by the RSA key", rfc8725alg, ReasonSignature, wrongKeyOfSet, ""},
	{"ES256 of zeros", "has r = s = 0", rfc8725in, ReasonSignature, zeroECDSA, ""},
	{"ES256 of the order", "has r = s = the order of the curve", rfc8725in, ReasonSignature, orderECDSA, ""},
	{"ES256 in DER", "has an ECDSA signature in DER", rfc7518, ReasonSignature, derECDSA, ""},
	{"ES256 from another curve", "has a signature made on P-384", rfc8725in, ReasonSignature, otherCurve, ""},
	{"EdDSA of zeros", "has 64 zeros for an EdDSA signature", rfc8725in, ReasonSignature, zeroEdDSA, ""},
	{"RS256 of zeros", "has 256 zeros for an RSA signature", rfc8725in, ReasonSignature, zeroRSA, ""},
	{"digest unsigned", "has the SHA-256 of its text for a signature", rfc8725in, ReasonSignature, digestOnly, ""},

	// The claims as JSON.
	{"empty claims", "has an empty second part", rfc8259, ReasonNotJSON, rawClaims(""), ""},
	{"claims are an array", "has an array for its claims", rfc7519, ReasonNotJSON, rawClaims(`[]`), ""},
	{"claims are text", "has a JSON string for its claims", rfc7519, ReasonNotJSON, rawClaims(`"{}"`), ""},
	{"claims are null", "has null for its claims", rfc7519, ReasonNotJSON, rawClaims(`null`), ""},
	{"claims are a token", "has another token for its claims", rfc7519, ReasonNotJSON, nestedToken, ""},
	{"claims cut short", "has claims without their last brace", rfc8259, ReasonNotJSON, editClaims(func(s string) string { return s[:len(s)-1] }), ""},
	{"claims go on", "has a second object after its claims", rfc8259, ReasonNotJSON, editClaims(func(s string) string { return s + "{}" }), ""},
	{"claims end in NUL", "has a zero byte after its claims", rfc8259, ReasonNotJSON, editClaims(func(s string) string { return s + "\x00" }), ""},
	{"claims with a byte order mark", "begins its claims with a byte order mark", rfc8259, ReasonNotJSON, editClaims(func(s string) string { return "\ufeff" + s }), ""},
	{"claims in another encoding", "has a byte in its claims that is not UTF-8", rfc8259, ReasonNotJSON, claim("name", "\"\xff\""), ""},
	{"claims in UTF-16", "has claims in UTF-16", rfc8725utf, ReasonNotJSON, editClaims(utf16), ""},
	{"half a surrogate pair", "escapes half of a surrogate pair in its claims", rfc8259, ReasonNotJSON, claim("name", `"\ud800"`), ""},
	{"compressed claims", "has claims that are gzip, without saying so", rfc8725zip, ReasonNotJSON, rawClaims("\x1f\x8b\x08\x00"), ""},
	{"exp twice", "has a second, later exp", rfc7519, ReasonRepeatedName, addClaim("exp", "9007199254740991"), ""},
	{"user twice", "names two users", rfc7519, ReasonRepeatedName, secondUser(""), ""},
	{"user twice in disguise", "writes the second user's name with an escape", rfc7519, ReasonRepeatedName, secondUser(`\u`), ""},
	{"claims twice in depth", "repeats a name inside an object of its claims", rfc7519, ReasonRepeatedName, claim("act", `{"a":[{"b":0,"b":0}]}`), ""},
	{"claims twice in two places", "repeats a name of its claims in each of two objects", rfc7519, ReasonRepeatedName, addClaims("x", `[{"b":1,"b":2}]`, "y", `{"c":1,"c":2}`), ""},
	{"claims twice in nested arrays", "repeats a name of its claims in an array in an array", rfc7519, ReasonRepeatedName, claim("act", `[[{"b":0,"b":0}]]`), ""},
	{"long s", "writes sub a second time with U+017F, whose upper case is S", own, ReasonRepeatedName, addClaim("\u017fub", `"1"`), Bearer},
	{"Exp beside exp", "has two names in its claims that differ by case", own, ReasonRepeatedName, addClaim("Exp", "9007199254740991"), ""},

	// Times.
	{"expired", "expired a minute ago, to the second", rfc7519, ReasonExpired, expiresAt(-Leeway), ""},
	{"expired long ago", "has exp 1", rfc7519, ReasonExpired, claim("exp", "1"), ""},
	{"no exp", "has no exp", own, ReasonExpiry, dropClaim("exp"), ""},
	{"exp null", "has null for exp", rfc7519, ReasonExpiry, claim("exp", "null"), ""},
	{"exp 0", "has exp 0, which some readers take for no exp", own, ReasonExpiry, claim("exp", "0"), ""},
	{"exp -0", "has exp -0", own, ReasonExpiry, claim("exp", "-0"), ""},
	{"negative exp", "has exp -1", own, ReasonExpiry, claim("exp", "-1"), ""},
	{"exp is text", "has digits in quotation marks for exp", rfc7519, ReasonExpiry, claim("exp", `"9007199254740991"`), ""},
	{"exp is true", "has true for exp", rfc7519, ReasonExpiry, claim("exp", `true`), ""},
	{"exp is an array", "lists a good exp", rfc7519, ReasonExpiry, claim("exp", `[4102444800]`), ""},
	{"exp with a fraction", "has exp 4102444800.5", own, ReasonExpiry, claim("exp", "4102444800.5"), ""},
	{"exp with a fraction of 0", "has exp 4102444800.0", own, ReasonExpiry, claim("exp", "4102444800.0"), ""},
	{"exp with an exponent", "has exp 1e10", own, ReasonExpiry, claim("exp", "1e10"), ""},
	{"exp beyond 2^53", "has exp 9007199254740992", own, ReasonExpiry, claim("exp", "9007199254740992"), ""},
	{"exp beyond 2^63", "has exp 9223372036854775808", own, ReasonExpiry, claim("exp", "9223372036854775808"), ""},
	{"exp beyond any number", "has exp 1e400", own, ReasonExpiry, claim("exp", "1e400"), ""},
	{"no iat", "has no iat", own, ReasonIssuedAt, dropClaim("iat"), ""},
	{"iat null", "has null for iat", rfc7519, ReasonIssuedAt, claim("iat", "null"), ""},
	{"iat 0", "has iat 0", own, ReasonIssuedAt, claim("iat", "0"), ""},
	{"negative iat", "has iat -1", own, ReasonIssuedAt, claim("iat", "-1"), ""},
	{"iat is text", "has digits in quotation marks for iat", rfc7519, ReasonIssuedAt, claim("iat", `"1"`), ""},
	{"iat with a fraction", "has iat 1.5", own, ReasonIssuedAt, claim("iat", "1.5"), ""},
	{"iat with an exponent", "has iat 1e3", own, ReasonIssuedAt, claim("iat", "1e3"), ""},
	{"iat beyond 2^53", "has iat 9007199254740992", own, ReasonIssuedAt, claim("iat", "9007199254740992"), ""},
	{"issued in the future", "is issued in 61 seconds", own, ReasonNotYet, timeClaim("iat", Leeway+time.Second), ""},
	{"nbf null", "has null for nbf", rfc7519, ReasonNotBefore, claim("nbf", "null"), ""},
	{"nbf 0", "has nbf 0", own, ReasonNotBefore, claim("nbf", "0"), ""},
	{"negative nbf", "has nbf -1", own, ReasonNotBefore, claim("nbf", "-1"), ""},
	{"nbf is text", "has digits in quotation marks for nbf", rfc7519, ReasonNotBefore, claim("nbf", `"1"`), ""},
	{"nbf with a fraction", "has nbf 1.5", own, ReasonNotBefore, claim("nbf", "1.5"), ""},
	{"nbf with an exponent", "has nbf 1e3", own, ReasonNotBefore, claim("nbf", "1e3"), ""},
	{"nbf beyond 2^53", "has nbf 9007199254740992", own, ReasonNotBefore, claim("nbf", "9007199254740992"), ""},
	{"not yet valid", "becomes valid in 61 seconds", rfc7519, ReasonNotYet, timeClaim("nbf", Leeway+time.Second), ""},

	// Issuer, audience and user of the bearer token.
	{"no iss", "names no issuer", rfc8725iss, ReasonIssuer, dropClaim("iss"), Bearer},
	{"other iss", "is from another issuer", rfc8725iss, ReasonIssuer, claim("iss", `"https://attacker.example"`), Bearer},
	{"longer iss", "is from an issuer whose name begins with the right one", rfc8725iss, ReasonIssuer, claim("iss", `"`+issuer+`.attacker.example"`), Bearer},
	{"iss in another case", "writes the issuer in capitals", rfc8725iss, ReasonIssuer, claim("iss", `"`+strings.ToUpper(issuer)+`"`), Bearer},
	{"iss is an array", "lists the right issuer", rfc8725iss, ReasonIssuer, claim("iss", `["`+issuer+`"]`), Bearer},
	{"no aud", "names no audience", rfc8725aud, ReasonAudience, dropClaim("aud"), Bearer},
	{"other aud", "is for another service", rfc8725aud, ReasonAudience, claim("aud", `"another"`), Bearer},
	{"longer aud", "is for a service whose name begins with the right one", rfc8725aud, ReasonAudience, claim("aud", `"`+audience+`-x"`), Bearer},
	{"empty aud", "lists no audience", rfc8725aud, ReasonAudience, claim("aud", `[]`), Bearer},
	{"aud without ours", "is for several other services", rfc8725aud, ReasonAudience, claim("aud", `["a","b"]`), Bearer},
	{"aud of words", "has a text with the right word in it for aud", rfc8725aud, ReasonAudience, claim("aud", `"a `+audience+`"`), Bearer},
	{"aud with more than text", "is for the right service and a number", rfc8725aud, ReasonAudience, claim("aud", `["`+audience+`",1]`), Bearer},
	{"aud in depth", "has the right service in a list in a list", rfc8725aud, ReasonAudience, claim("aud", `[["`+audience+`"]]`), Bearer},
	{"no sub", "names no user", own, ReasonSubject, dropClaim("sub"), Bearer},
	{"sub null", "has null for sub", own, ReasonSubject, claim("sub", `null`), Bearer},
	{"sub is a number", "has the right user as a number", rfc7519, ReasonSubject, claim("sub", user), Bearer},
	{"empty sub", "names the empty user", own, ReasonSubject, claim("sub", `""`), Bearer},
	{"long sub", "names a user of 129 characters", own, ReasonSubject, claim("sub", `"`+strings.Repeat("a", 129)+`"`), Bearer},
	{"sub with DEL", "names a user with a control character", own, ReasonSubject, claim("sub", `"a\u007f"`), Bearer},
	{"sub with a space", "names a user with a space", own, ReasonSubject, claim("sub", `"a b"`), Bearer},
	{"sub with a line break", "names a user that would begin a new line in a log", own, ReasonSubject, claim("sub", `"a\nb"`), Bearer},
	{"sub not ASCII", "names a user that is not ASCII", own, ReasonSubject, claim("sub", `"é"`), Bearer},

	// User and session of the session token.
	{"no userId", "names no user", own, ReasonUserID, dropClaim("userId"), Session},
	{"userId null", "has null for userId", own, ReasonUserID, claim("userId", `null`), Session},
	{"userId is true", "has true for userId", own, ReasonUserID, claim("userId", `true`), Session},
	{"userId is an array", "lists the right user", own, ReasonUserID, claim("userId", `["`+user+`"]`), Session},
	{"empty userId", "names the empty user", own, ReasonUserID, claim("userId", `""`), Session},
	{"long userId", "names a user of 129 characters", own, ReasonUserID, claim("userId", `"`+strings.Repeat("a", 129)+`"`), Session},
	{"userId with a space", "names a user with a space", own, ReasonUserID, claim("userId", `"a b"`), Session},
	{"userId not ASCII", "names a user that is not ASCII", own, ReasonUserID, claim("userId", `"é"`), Session},
	{"userId with DEL", "names a user with a control character", own, ReasonUserID, claim("userId", `"a\u007f"`), Session},
	{"userId with a fraction", "has 1234567890.5 for userId", own, ReasonUserID, claim("userId", user+".5"), Session},
	{"userId with a fraction of 0", "has 1234567890.0 for userId", own, ReasonUserID, claim("userId", user+".0"), Session},
	{"userId with an exponent", "has 123456789e1 for userId", own, ReasonUserID, claim("userId", "123456789e1"), Session},
	{"userId -0", "has -0 for userId", own, ReasonUserID, claim("userId", "-0"), Session},
	{"userId beyond 2^53", "has 9007199254740992 for userId", own, ReasonUserID, claim("userId", "9007199254740992"), Session},
	{"userId below -2^53", "has -9007199254740992 for userId", own, ReasonUserID, claim("userId", "-9007199254740992"), Session},
	{"no sessionId", "names no session", own, ReasonSessionID, dropClaim("sessionId"), Session},
	{"empty sessionId", "names the empty session", own, ReasonSessionID, claim("sessionId", `""`), Session},
	{"sessionId is a number", "has a number for sessionId", own, ReasonSessionID, claim("sessionId", `1`), Session},

	// The two together.
	{"another user's session", "comes with a bearer token of another user", own, ReasonOtherUser, claim("userId", `"1234567891"`), Session},
	{"another user's session, a number", "comes with a bearer token of another user", own, ReasonOtherUser, claim("userId", `1234567891`), Session},
	{"user with zeros before", "comes with a bearer token whose sub is the same number", own, ReasonOtherUser, claim("userId", `"0`+user+`"`), Session},

	// The scopes of the bearer token.
	{"scope is a number", "has a number for scope", rfc6749, ReasonScope, claim("scope", `1`), Bearer},
	{"scope is an array", "lists the right scope", rfc6749, ReasonScope, claim("scope", `["`+scope+`"]`), Bearer},
	{"scope null", "has null for scope", rfc6749, ReasonScope, claim("scope", `null`), Bearer},
	{"no scope", "has no scope", rfc6749, forbidden, dropClaim("scope"), Bearer},
	{"empty scope", "has the empty text for scope", rfc6749, forbidden, claim("scope", `""`), Bearer},
	{"other scope", "has a scope of another service", rfc6749, forbidden, claim("scope", `"payments:write"`), Bearer},
	{"unknown verb", "has a scope with an unknown verb", rfc6749, forbidden, claim("scope", `"users-organizations:approve"`), Bearer},
	{"longer prefix", "has a scope that ends in the right one", rfc6749, forbidden, claim("scope", `"x`+scope+`"`), Bearer},
	{"verb alone", "leaves out the prefix", rfc6749, forbidden, claim("scope", `"write"`), Bearer},
	{"longer scope", "has a scope that begins with the right one", rfc6749, forbidden, claim("scope", `"`+scope+`s"`), Bearer},
	{"shorter scope", "has a scope that is the beginning of the right one", rfc6749, forbidden, claim("scope", `"users-organizations"`), Bearer},
	{"scope in another case", "writes the scope in capitals", rfc6749, forbidden, claim("scope", `"`+strings.ToUpper(scope)+`"`), Bearer},
	{"scopes with a comma", "separates its scopes with a comma", rfc6749, forbidden, claim("scope", `"openid,`+scope+`"`), Bearer},
	{"scope in quotation marks", "writes the scope in quotation marks", rfc6749, forbidden, claim("scope", `"\"`+scope+`\""`), Bearer},
	{"scope with a backslash", "ends the scope in a backslash", rfc6749, forbidden, claim("scope", `"`+scope+`\\"`), Bearer},
	{"scope with a tilde", "ends the scope in a tilde", rfc6749, forbidden, claim("scope", `"`+scope+`~"`), Bearer},
	{"scopes with a tab", "separates its scopes with a tab", rfc6749, forbidden, claim("scope", `"openid\t`+scope+`"`), Bearer},
}

func finish(change func(string) string) func(*forgery) {
	return func(f *forgery) { f.finish = change }
}

func header(name, value string) func(*forgery) {
	return func(f *forgery) { f.header.set(name, value) }
}

func addHeader(name, value string) func(*forgery) {
	return func(f *forgery) { f.header.add(name, value) }
}

func dropHeader(name string) func(*forgery) {
	return func(f *forgery) { f.header.remove(name) }
}

func rawHeader(json string) func(*forgery) {
	return func(f *forgery) { f.rawHeader = &json }
}

// rawHeaderf replaces the header by format, with the right kid.
func rawHeaderf(format string) func(*forgery) {
	return func(f *forgery) { rawHeader(fmt.Sprintf(format, signers()[f.kind]["HS256"].id))(f) }
}

func editHeader(change func(string) string) func(*forgery) {
	return func(f *forgery) { rawHeader(change(f.header.String()))(f) }
}

func claim(name, value string) func(*forgery) {
	return func(f *forgery) { f.claims.set(name, value) }
}

func addClaim(name, value string) func(*forgery) {
	return func(f *forgery) { f.claims.add(name, value) }
}

func addClaims(pairs ...string) func(*forgery) {
	return func(f *forgery) {
		for pair := range slices.Chunk(pairs, 2) {
			f.claims.add(pair[0], pair[1])
		}
	}
}

func dropClaim(name string) func(*forgery) {
	return func(f *forgery) { f.claims.remove(name) }
}

func rawClaims(json string) func(*forgery) {
	return func(f *forgery) { f.rawClaims = &json }
}

func editClaims(change func(string) string) func(*forgery) {
	return func(f *forgery) { rawClaims(change(f.claims.String()))(f) }
}

// timeClaim sets a time relative to now.
func timeClaim(name string, ahead time.Duration) func(*forgery) {
	return claim(name, seconds64(now.Add(ahead)))
}

func expiresAt(ahead time.Duration) func(*forgery) {
	return timeClaim("exp", ahead)
}

func signature(change func([]byte) []byte) func(*forgery) {
	return func(f *forgery) {
		sign := f.sign
		f.sign = func(signed string) []byte { return change(sign(signed)) }
	}
}

func unsigned(algorithm string) func(*forgery) {
	return func(f *forgery) {
		header("alg", `"`+algorithm+`"`)(f)
		f.sign = func(string) []byte { return nil }
	}
}

// signAs signs with the key of one algorithm by another method, and names that.
func signAs(keyOf string, method jwt.SigningMethod) func(*forgery) {
	return func(f *forgery) {
		disguised(keyOf, method)(f)
		header("alg", `"`+method.Alg()+`"`)(f)
	}
}

// disguised signs with the key of one algorithm by another method, and names the
// first.
func disguised(keyOf string, method jwt.SigningMethod) func(*forgery) {
	return func(f *forgery) {
		f.signWith(keyOf)
		secret := signers()[f.kind][keyOf].secret
		f.sign = signer{method: method, secret: secret}.sign
	}
}

// publicAsSecret makes an HMAC with a public key as the secret.
func publicAsSecret(keyOf string) func(*forgery) {
	return func(f *forgery) {
		f.signWith(keyOf)
		header("alg", `"HS256"`)(f)
		f.sign = hmacSigner("", string(publicBytes(signers()[f.kind][keyOf].public))).sign
	}
}

func publicBytes(public any) []byte {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return public.N.Bytes()
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		return point
	case ed25519.PublicKey:
		return public
	default:
		panic("no public key")
	}
}

func emptySecret(keyID string) func(*forgery) {
	return func(f *forgery) {
		if keyID != "" {
			header("kid", `"`+keyID+`"`)(f)
		}
		f.sign = signer{method: jwt.SigningMethodHS256, secret: []byte{}}.sign
	}
}

func costly(f *forgery) {
	header("alg", `"PBES2-HS256+A128KW"`)(f)
	header("p2c", "2147483647")(f)
}

func embeddedKey(f *forgery) {
	stranger := ed25519Signer("stranger")
	header("jwk", stranger.jwk)(f)
	header("alg", `"EdDSA"`)(f)
	f.sign = stranger.sign
}

func strangersKey(f *forgery) {
	f.sign = hmacSigner("", strings.Repeat("x", 40)).sign
}

func wrongKeyOfSet(f *forgery) {
	f.sign = signers()[f.kind]["RS256"].sign
}

func otherKindsKey(f *forgery) {
	kind := f.kind
	f.kind = f.kind.other()
	f.signWith("HS256")
	f.kind = kind
}

func otherKindsToken(f *forgery) {
	f.finish = func(string) string { return genuine(f.kind.other()).text() }
}

func (k Kind) other() Kind {
	if k == Bearer {
		return Session
	}
	return Bearer
}

func upperKeyID(f *forgery) {
	header("kid", `"`+strings.ToUpper(signers()[f.kind]["HS256"].id)+`"`)(f)
}

// secondUser adds a second user. escape, if any, escapes the first letter of the
// claim's name.
func secondUser(escape string) func(*forgery) {
	return func(f *forgery) {
		name := map[Kind]string{Bearer: "sub", Session: "userId"}[f.kind]
		if escape != "" {
			name = fmt.Sprintf(`%s%04x%s`, escape, name[0], name[1:])
		}
		f.claims.add(name, `"1"`)
	}
}

func swappedClaims(f *forgery) {
	f.finish = func(text string) string {
		parts := strings.Split(text, ".")
		f.claims.set("sub", `"1"`)
		f.claims.set("userId", `"1"`)
		return parts[0] + "." + b64.EncodeToString([]byte(f.claims.String())) + "." + parts[2]
	}
}

func nestedToken(f *forgery) {
	rawClaims(genuine(f.kind).text())(f)
}

// asLongAs makes the token that many characters long. base64url does not have every
// length, so the header grows until the claims can fill the rest.
func asLongAs(length int) func(*forgery) {
	return func(f *forgery) {
		note := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
		for n := range 4 {
			f.header.set("note", note(n))
			f.claims.set("note", note(0))
			for missing := length - len(f.text()); missing > 0; missing = length - len(f.text()) {
				f.claims.set("note", note(len(f.claims[len(f.claims)-1].value)-2+max(1, missing*3/4-2)))
			}
			if len(f.text()) == length {
				return
			}
		}
		panic("no token of that length")
	}
}

// encodeWith encodes the parts in another way, with a claim that makes the
// difference visible.
func encodeWith(encoding *base64.Encoding, note string) func(*forgery) {
	return func(f *forgery) {
		f.claims.add("note", `"`+note+`"`)
		for encoding.EncodeToString([]byte(f.claims.String())) == b64.EncodeToString([]byte(f.claims.String())) {
			note += "~"
			f.claims.set("note", `"`+note+`"`)
		}
		f.encode = encoding.EncodeToString
	}
}

// looseBits sets unused bits at the end of a part before it is signed.
func looseBits(part string) func(*forgery) {
	return func(f *forgery) {
		text := map[string]string{"header": f.header.String(), "claims": f.claims.String()}[part]
		for len(text)%3 == 0 {
			text += " "
		}
		map[string]func(string) func(*forgery){"header": rawHeader, "claims": rawClaims}[part](text)(f)
		f.encode = func(data []byte) string {
			encoded := b64.EncodeToString(data)
			if string(data) == text {
				return loosen(encoded)
			}
			return encoded
		}
	}
}

// loosen sets the lowest bit of the last character, which is unused if the number
// of bytes is not a multiple of three.
func loosen(encoded string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, encoded[len(encoded)-1])
	return encoded[:len(encoded)-1] + alphabet[last|1:last|1+1]
}

func flattened(text string) string {
	parts := strings.Split(text, ".")
	return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2])
}

func general(text string) string {
	parts := strings.Split(text, ".")
	return fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%[3]q},{"protected":%[2]q,"signature":%[3]q}]}`,
		parts[1], parts[0], parts[2])
}

// bomb returns the parts of a JWE; nothing in it is encrypted.
func bomb(string) string {
	header := b64.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`))
	part := b64.EncodeToString(make([]byte, 16))
	return strings.Join([]string{header, "", part, part, part}, ".")
}

// utf16 encodes ASCII text in UTF-16, big-endian.
func utf16(s string) string {
	return "\x00" + strings.Join(strings.Split(s, ""), "\x00")
}

// renamed signs with the key of an algorithm, under another name of it.
func renamed(algorithm, name string) func(*forgery) {
	return func(f *forgery) {
		f.signWith(algorithm)
		header("alg", `"`+name+`"`)(f)
	}
}

func zeroECDSA(f *forgery) {
	f.signWith("ES256")
	f.sign = func(string) []byte { return make([]byte, 64) }
}

func orderECDSA(f *forgery) {
	f.signWith("ES256")
	order := elliptic.P256().Params().N.Bytes()
	f.sign = func(string) []byte { return append(append([]byte{}, order...), order...) }
}

func zeroEdDSA(f *forgery) {
	f.signWith("EdDSA")
	f.sign = func(string) []byte { return make([]byte, 64) }
}

func zeroRSA(f *forgery) {
	f.signWith("RS256")
	f.sign = func(string) []byte { return make([]byte, 256) }
}

func digestOnly(f *forgery) {
	f.sign = func(signed string) []byte {
		sum := sha256.Sum256([]byte(signed))
		return sum[:]
	}
}

func derECDSA(f *forgery) {
	f.signWith("ES256")
	private, ok := signers()[f.kind]["ES256"].secret.(crypto.Signer)
	if !ok {
		panic("no private key")
	}
	f.sign = func(signed string) []byte {
		sum := sha256.Sum256([]byte(signed))
		der, err := private.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil || asn1.TagSequence != der[0]&0x1f {
			panic("no signature in DER")
		}
		return der
	}
}

func otherCurve(f *forgery) {
	f.signWith("ES256")
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	f.sign = signer{method: jwt.SigningMethodES384, secret: private}.sign
}

// kinds are the kinds of token to attack.
func (a attack) kinds() []Kind {
	if a.only != "" {
		return []Kind{a.only}
	}
	return []Kind{Bearer, Session}
}

// run attacks one kind of token. Its error says what is wrong with the result.
func (a attack) run(tb testing.TB, kind Kind) error {
	tb.Helper()
	f := genuine(kind)
	a.change(f)
	bearer, session := f.pair()
	who, err := verifier(fullKeys(tb), rules).Verify(tb.Context(), bearer, session)
	if who != (Holder{}) {
		return fmt.Errorf("accepted as %+v", who)
	}
	if a.reason == forbidden {
		var refusal *ForbiddenError
		if !errors.As(err, &refusal) || refusal.Holder.UserID != user {
			return fmt.Errorf("got %w, want it forbidden to user %s", err, user)
		}
		return nil
	}
	var refusal *RefusedError
	if !errors.As(err, &refusal) || *refusal != (RefusedError{kind, a.reason}) {
		return fmt.Errorf("got %w, want %s", err, (&RefusedError{kind, a.reason}).Code())
	}
	return nil
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, a := range attacks {
		if names[a.name] {
			t.Errorf("two attacks are called %q", a.name)
		}
		names[a.name] = true
		for _, kind := range a.kinds() {
			t.Run(string(kind)+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				if err := a.run(t, kind); err != nil {
					t.Errorf("a %s token that %s: %v", kind, a.does, err)
				}
			})
		}
	}
}

// TestEveryReasonIsAttacked finds a reason that no attack has.
func TestEveryReasonIsAttacked(t *testing.T) {
	t.Parallel()
	attacked := map[Reason]bool{}
	for _, a := range attacks {
		attacked[a.reason] = true
	}
	for _, reason := range []Reason{
		ReasonTooLong, ReasonNotCompact, ReasonNotBase64URL, ReasonNotJSON, ReasonRepeatedName, ReasonParameter,
		ReasonType, ReasonAlgorithm, ReasonKeyID, ReasonUnknownKey, ReasonSignature, ReasonExpiry, ReasonExpired,
		ReasonIssuedAt, ReasonNotBefore, ReasonNotYet, ReasonIssuer, ReasonAudience, ReasonSubject, ReasonScope,
		ReasonUserID, ReasonSessionID, ReasonOtherUser, forbidden,
	} {
		if !attacked[reason] {
			t.Errorf("no attack has the reason %q", reason)
		}
	}
}

var update = flag.Bool("update", false, "write ATTACKS.md")

func TestAttacksDocument(t *testing.T) {
	t.Parallel()
	const path = "ATTACKS.md"
	want := document(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s does not match the attacks (%v): run go test ./pkg/token -run %s -update", path, err, t.Name())
	}
}

func document(tb testing.TB) string {
	tb.Helper()
	var doc strings.Builder
	doc.WriteString(`# Attacks on the two tokens

Every way in which a token is refused. Each row is a test in attacks_test.go, with a token that is signed by the right key
unless the rule is about the signature. The last column says whether the test passed when this page was written. A caller
sees the status, never the reason, which is for the log. The rule "this service" is a decision of this project, stricter
than the standards; the others are RFCs, and revision 10 of the draft that is to replace RFC 8725 (August 2026).

Written by ` + "`go test ./pkg/token -run TestAttacksDocument -update`" + `; a test fails when it is out of date.

| attack | token | the token … | rule | response | holds |
|---|---|---|---|---|---|
`)
	for _, a := range attacks {
		response, token, holds := "401, `"+string(a.reason)+"`", "both", "✓"
		if a.reason == forbidden {
			response = "403"
		}
		if a.only != "" {
			token = string(a.only)
		}
		for _, kind := range a.kinds() {
			if a.run(tb, kind) != nil {
				holds = "✗"
			}
		}
		fmt.Fprintf(&doc, "| %s | %s | %s | %s | %s | %s |\n", a.name, token, a.does, a.rule, response, holds)
	}
	doc.WriteString(`
## Accepted on purpose

**Both forms of an ECDSA signature.** If (r, s) is a signature, (r, n−s) is one too, and making it needs no key. Both are
accepted (TestBothFormsOfAnECDSASignature). Neither RFC 7518, section 3.4, nor FIPS 186-5 requires the smaller s, and half
of the signatures of common libraries have the larger one. The second form is of no use to an attacker: it signs the same
header and claims, and this service never identifies a token by its text. It keeps no list of used or revoked tokens, and
API Gateway caches the same policy under either text. A future list of tokens must identify them by their claims.
`)
	return doc.String()
}
