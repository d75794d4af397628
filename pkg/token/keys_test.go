package token

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestKeysThatBreakARule(t *testing.T) {
	t.Parallel()
	hs, rs, es, ed := signers()[Bearer]["HS256"], signers()[Bearer]["RS256"], signers()[Bearer]["ES256"], signers()[Bearer]["EdDSA"]
	set := func(jwks ...string) string { return `{"keys":[` + strings.Join(jwks, ",") + `]}` }
	const (
		document = "the bearer document"
		whole    = "the bearer set"
		first    = "key number 1 of the bearer set"
		hmacKey  = `key "bearer-HS256" of the bearer set`
		rsaKey   = `key "bearer-RS256" of the bearer set`
		ecKey    = `key "bearer-ES256" of the bearer set`
		edKey    = `key "bearer-EdDSA" of the bearer set`
		needsKid = "needs a kid of 1 to 64 characters A-Z a-z 0-9 . _ -"
		repeated = "repeats one byte: an HMAC key needs random bytes"
		needsAlg = "needs an alg: HS256, RS256, ES256 or EdDSA"
	)
	for name, c := range map[string]struct{ keys, where, problem string }{
		"nothing":                     {``, document, "is empty"},
		"not JSON":                    {`keys`, document, "is not one complete JSON text"},
		"a byte order mark":           {"\ufeff" + hs.jwk, document, "begins with a byte order mark"},
		"not UTF-8":                   {"\"\xff\"", document, "is not valid UTF-8"},
		"a name twice":                {with(hs.jwk, `"k":"x"`), document, "has an object with the same name twice"},
		"not an object":               {`[` + hs.jwk + `]`, whole, "is neither a JWK Set nor a JWK"},
		"another object":              {`{"secret":"x"}`, whole, "is neither a JWK Set nor a JWK"},
		"an empty set":                {`{"keys":[]}`, whole, `must hold at least one key in the array "keys"`},
		"keys is not an array":        {`{"keys":{}}`, whole, `must hold at least one key in the array "keys"`},
		"a key is not an object":      {set(`"x"`), first, "must be a JSON object"},
		"the second of two":           {set(rs.jwk, `{"kty":"oct"}`), "key number 2 of the bearer set", needsKid},
		"no kid":                      {without(hs.jwk, "kid"), first, needsKid},
		"an empty kid":                {edited(hs.jwk, "kid", `""`), first, needsKid},
		"a kid of 65 characters":      {edited(hs.jwk, "kid", `"`+strings.Repeat("a", 65)+`"`), first, needsKid},
		"a kid with a slash":          {edited(hs.jwk, "kid", `"a/b"`), first, needsKid},
		"a kid with a space":          {edited(hs.jwk, "kid", `"a b"`), first, needsKid},
		"a kid that is not ASCII":     {edited(hs.jwk, "kid", `"é"`), first, needsKid},
		"kid is a number":             {edited(hs.jwk, "kid", `1`), first, needsKid},
		"a kid twice":                 {set(hs.jwk, edited(rs.jwk, "kid", `"bearer-HS256"`)), hmacKey, "has the kid of another key of the set"},
		"no alg":                      {without(hs.jwk, "alg"), hmacKey, needsAlg},
		"alg none":                    {edited(hs.jwk, "alg", `"none"`), hmacKey, needsAlg},
		"alg HS512":                   {edited(hs.jwk, "alg", `"HS512"`), hmacKey, needsAlg},
		"alg in lower case":           {edited(hs.jwk, "alg", `"hs256"`), hmacKey, needsAlg},
		"alg is an array":             {edited(hs.jwk, "alg", `["HS256"]`), hmacKey, needsAlg},
		"no kty":                      {set(without(hs.jwk, "kty")), hmacKey, "needs the kty oct, because its alg is HS256"},
		"a kty of another alg":        {edited(hs.jwk, "kty", `"RSA"`), hmacKey, "needs the kty oct, because its alg is HS256"},
		"an alg of another kty":       {edited(rs.jwk, "alg", `"HS256"`), rsaKey, "needs the kty oct, because its alg is HS256"},
		"for encryption":              {edited(hs.jwk, "use", `"enc"`), hmacKey, "has a use that is not sig"},
		"use null":                    {edited(hs.jwk, "use", `null`), hmacKey, "has a use that is not sig"},
		"HMAC without k":              {without(hs.jwk, "k"), hmacKey, `has no "k"`},
		"HMAC of no bytes":            {edited(hs.jwk, "k", `""`), hmacKey, "has 0 bytes: an HMAC key needs 32 or more"},
		"HMAC of 31 bytes":            {hmacSigner("bearer-HS256", strings.Repeat("x", 31)).jwk, hmacKey, "has 31 bytes: an HMAC key needs 32 or more"},
		"HMAC of zeros":               {hmacSigner("bearer-HS256", strings.Repeat("\x00", 32)).jwk, hmacKey, repeated},
		"HMAC of zeros, long":         {hmacSigner("bearer-HS256", strings.Repeat("\x00", 65)).jwk, hmacKey, repeated},
		"HMAC of one byte, repeated":  {hmacSigner("bearer-HS256", strings.Repeat("\xff", 64)).jwk, hmacKey, repeated},
		"HMAC with padding":           {edited(hs.jwk, "k", `"`+strings.Repeat("A", 54)+`=="`), hmacKey, `has a "k" that is not base64url without padding`},
		"HMAC in standard base64":     {edited(hs.jwk, "k", `"`+strings.Repeat("+/", 32)+`"`), hmacKey, `has a "k" that is not base64url without padding`},
		"HMAC with a line break":      {edited(hs.jwk, "k", `"`+strings.Repeat("A", 64)+`\n"`), hmacKey, `has a "k" that is not base64url without padding`},
		"HMAC not canonical":          {edited(hs.jwk, "k", `"`+strings.Repeat("A", 53)+`B"`), hmacKey, `has a "k" that is not base64url without padding`},
		"HMAC is a long number":       {edited(hs.jwk, "k", strings.Repeat("1234", 11)), hmacKey, `has a "k" that is not base64url without padding`},
		"HMAC is null":                {edited(hs.jwk, "k", `null`), hmacKey, `has a "k" that is not base64url without padding`},
		"HMAC is an array":            {edited(hs.jwk, "k", `["`+strings.Repeat("AQ", 22)+`"]`), hmacKey, `has a "k" that is not base64url without padding`},
		"RSA with a number for n":     {edited(rs.jwk, "n", strings.Repeat("1234", 90)), rsaKey, `has a "n" that is not base64url without padding`},
		"RSA with a number for e":     {edited(rs.jwk, "e", "65537"), rsaKey, `has a "e" that is not base64url without padding`},
		"HMAC is a number":            {edited(hs.jwk, "k", `1`), hmacKey, `has a "k" that is not base64url without padding`},
		"RSA without n":               {without(rs.jwk, "n"), rsaKey, `has no "n"`},
		"RSA without e":               {without(rs.jwk, "e"), rsaKey, `has no "e"`},
		"RSA of 1024 bits":            {smallRSA("bearer-RS256"), rsaKey, "has 1024 bits: an RSA key needs 2048 or more"},
		"RSA of 2047 bits":            {edited(rs.jwk, "n", encodedNumber(new(big.Int).Sub(power(2047), one))), rsaKey, "has 2047 bits: an RSA key needs 2048 or more"},
		"RSA with an even n":          {edited(rs.jwk, "n", encodedNumber(power(2047))), rsaKey, "has an even n, which is not an RSA modulus"},
		"RSA with e 1":                {edited(rs.jwk, "e", `"AQ"`), rsaKey, "has an e that is not an odd number from 3 to 2^31-1"},
		"RSA with an even e":          {edited(rs.jwk, "e", `"BA"`), rsaKey, "has an e that is not an odd number from 3 to 2^31-1"},
		"RSA with e 0":                {edited(rs.jwk, "e", `"AA"`), rsaKey, "has an e that is not an odd number from 3 to 2^31-1"},
		"RSA with e 2":                {edited(rs.jwk, "e", `"Ag"`), rsaKey, "has an e that is not an odd number from 3 to 2^31-1"},
		"RSA with e over 2^32":        {edited(rs.jwk, "e", `"AQAAAAE"`), rsaKey, "has an e that is not an odd number from 3 to 2^31-1"},
		"RSA with e over 2^31":        {edited(rs.jwk, "e", `"gAAAAQ"`), rsaKey, "has an e that is not an odd number from 3 to 2^31-1"},
		"RSA with d":                  {with(rs.jwk, `"d":"AQ"`), rsaKey, `has the private member "d": only the public key belongs here`},
		"RSA with p":                  {with(rs.jwk, `"p":"AQ"`), rsaKey, `has the private member "p": only the public key belongs here`},
		"RSA with q":                  {with(rs.jwk, `"q":"AQ"`), rsaKey, `has the private member "q": only the public key belongs here`},
		"RSA with dp":                 {with(rs.jwk, `"dp":"AQ"`), rsaKey, `has the private member "dp": only the public key belongs here`},
		"RSA with dq":                 {with(rs.jwk, `"dq":"AQ"`), rsaKey, `has the private member "dq": only the public key belongs here`},
		"RSA with qi":                 {with(rs.jwk, `"qi":"AQ"`), rsaKey, `has the private member "qi": only the public key belongs here`},
		"RSA with oth":                {with(rs.jwk, `"oth":[]`), rsaKey, `has the private member "oth": only the public key belongs here`},
		"RSA with k":                  {with(rs.jwk, `"k":"AQ"`), rsaKey, `has the private member "k": only the public key belongs here`},
		"EC with d":                   {with(es.jwk, `"d":"AQ"`), ecKey, `has the private member "d": only the public key belongs here`},
		"EC on P-384":                 {edited(es.jwk, "crv", `"P-384"`), ecKey, "needs the crv P-256, because its alg is ES256"},
		"EC without crv":              {without(es.jwk, "crv"), ecKey, "needs the crv P-256, because its alg is ES256"},
		"EC without x":                {without(es.jwk, "x"), ecKey, `has no "x"`},
		"EC without y":                {without(es.jwk, "y"), ecKey, `has no "y"`},
		"EC with a short x":           {edited(es.jwk, "x", `"AQ"`), ecKey, "needs an x and a y of 32 bytes each"},
		"EC off the curve":            {edited(es.jwk, "y", `"`+strings.Repeat("A", 43)+`"`), ecKey, "has an x and a y that are not a point of P-256"},
		"EdDSA with d":                {with(ed.jwk, `"d":"AQ"`), edKey, `has the private member "d": only the public key belongs here`},
		"EdDSA on Ed448":              {edited(ed.jwk, "crv", `"Ed448"`), edKey, "needs the crv Ed25519, because its alg is EdDSA"},
		"EdDSA on X25519":             {edited(ed.jwk, "crv", `"X25519"`), edKey, "needs the crv Ed25519, because its alg is EdDSA"},
		"EdDSA without x":             {without(ed.jwk, "x"), edKey, `has no "x"`},
		"EdDSA with a short x":        {edited(ed.jwk, "x", `"AQ"`), edKey, "needs an x of 32 bytes"},
		"EdDSA in standard base64":    {edited(ed.jwk, "x", `"`+strings.Repeat("/", 43)+`"`), edKey, `has a "x" that is not base64url without padding`},
		"one broken key among good":   {set(hs.jwk, es.jwk, without(ed.jwk, "x"), rs.jwk), edKey, `has no "x"`},
		"a single JWK that is broken": {without(ed.jwk, "x"), edKey, `has no "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseKeys([]byte(c.keys), jwkSet(signers()[Session]["HS256"]))
			expectInvalid(t, err, c.where, c.problem)

			// The same rule holds for the session set.
			_, err = ParseKeys(jwkSet(signers()[Session]["HS256"]), []byte(c.keys))
			expectInvalid(t, err, strings.Replace(c.where, "the bearer", "the session", 1), c.problem)
		})
	}
}

func expectInvalid(t *testing.T, err error, where, problem string) {
	t.Helper()
	var invalid *InvalidKeysError
	if !errors.As(err, &invalid) || *invalid != (InvalidKeysError{where, problem}) {
		t.Errorf("got %q, want %q", fmt.Sprint(err), where+" "+problem)
	}
}

var one = big.NewInt(1)

func power(n uint) *big.Int { return new(big.Int).Lsh(one, n) }

func encodedNumber(n *big.Int) string { return `"` + b64.EncodeToString(n.Bytes()) + `"` }

// smallRSA returns a JWK with 1024 bits in place of a modulus.
func smallRSA(id string) string {
	n := new(big.Int).Add(power(1023), one)
	public := &rsa.PublicKey{N: n, E: 65537}
	return fmt.Sprintf(`{"kty":"RSA","alg":"RS256","kid":%q,"n":%s,"e":"AQAB"}`, id, encodedNumber(public.N))
}

// with, without and edited change a member of a JWK.
func with(jwk, member string) string { return strings.TrimSuffix(jwk, "}") + "," + member + "}" }

func without(jwk, name string) string {
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(jwk), &object); err != nil {
		panic(err)
	}
	delete(object, name)
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func edited(jwk, name, value string) string {
	rest := without(jwk, name)
	return with(rest, fmt.Sprintf("%q:%s", name, value))
}

func TestValidKeys(t *testing.T) {
	t.Parallel()
	session := jwkSet(signers()[Session]["HS256"])
	hs, rs := signers()[Bearer]["HS256"], signers()[Bearer]["RS256"]
	for name, keys := range map[string]string{
		"a set of one":         string(jwkSet(hs)),
		"a set of four":        string(jwkSet(hs, rs, signers()[Bearer]["ES256"], signers()[Bearer]["EdDSA"])),
		"a single JWK":         hs.jwk,
		"32 bytes":             hmacSigner("a", strings.Repeat("xy", 16)).jwk,
		"64 characters":        `{"kty":"oct","alg":"HS256","kid":"a","k":"` + strings.Repeat("aZ09", 16) + `"}`,
		"no use":               without(hs.jwk, "use"),
		"unknown members":      with(hs.jwk, `"x5t":"a","key_ops":["verify"],"note":null`),
		"a kid of 64":          edited(hs.jwk, "kid", `"`+strings.Repeat("._-9", 16)+`"`),
		"members beside keys":  `{"keys":[` + hs.jwk + `],"note":"x"}`,
		"RSA with e 3":         edited(rs.jwk, "e", `"Aw"`),
		"RSA with e 2^31-1":    edited(rs.jwk, "e", `"f____w"`),
		"HMAC with one x":      hmacSigner("a", strings.Repeat("\x00", 31)+"x").jwk,
		"RSA, n begins with 0": edited(rs.jwk, "n", zeroBefore(rs)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseKeys([]byte(keys), session); err != nil {
				t.Error(err)
			}
		})
	}
}

func zeroBefore(s signer) string {
	return `"` + b64.EncodeToString(append([]byte{0}, publicBytes(s.public)...)) + `"`
}

// pointThatEndsInZero returns an Ed25519 key whose last byte is 0.
func pointThatEndsInZero(tb testing.TB) string {
	tb.Helper()
	key := []byte(strings.Repeat("x", 31) + "\x00")
	for checkPoint(key) != nil {
		key[0]++
	}
	return string(key)
}

// TestNoKeyInBothSets tries each way to write one key as two.
func TestNoKeyInBothSets(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long", 16) + "!" // One byte longer than a block.
	digest := sha256.Sum256([]byte(long))
	rs, ed := signers()[Bearer]["RS256"], signers()[Bearer]["EdDSA"]
	secret := func(text string) string { return hmacSigner("b", text).jwk }
	endsInZero := pointThatEndsInZero(t)
	for name, c := range map[string]struct{ bearer, session string }{
		"the same secret":                    {secret(long), secret(long)},
		"the same with zeros at the end":     {secret(strings.Repeat("xy", 20)), secret(strings.Repeat("xy", 20) + "\x00\x00")},
		"a long secret and its digest":       {secret(long), secret(string(digest[:]))},
		"the same RSA key":                   {edited(rs.jwk, "kid", `"b"`), edited(rs.jwk, "kid", `"b"`)},
		"the same n with another e":          {edited(rs.jwk, "kid", `"b"`), edited(edited(rs.jwk, "kid", `"b"`), "e", `"Aw"`)},
		"the same n with a zero before":      {edited(rs.jwk, "kid", `"b"`), edited(edited(rs.jwk, "kid", `"b"`), "n", zeroBefore(rs))},
		"the same EC key":                    {edited(signers()[Bearer]["ES256"].jwk, "kid", `"b"`), edited(signers()[Bearer]["ES256"].jwk, "kid", `"b"`)},
		"the same Ed25519 key":               {edited(ed.jwk, "kid", `"b"`), edited(ed.jwk, "kid", `"b"`)},
		"a public key as the other's secret": {edited(ed.jwk, "kid", `"b"`), secret(string(publicBytes(ed.public)))},
		"one that ends in a zero":            {edited(edited(ed.jwk, "kid", `"b"`), "x", `"`+b64.EncodeToString([]byte(endsInZero))+`"`), secret(endsInZero)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := hmacSigner("other", rand.Text()+rand.Text()).jwk
			_, err := ParseKeys([]byte(`{"keys":[`+other+","+c.bearer+`]}`), []byte(c.session))
			expectInvalid(t, err, `key "b" of the bearer set`, `is the same key as "b" of the session set`)
		})
	}
}

// TestASecretOfOneBlockIsNotHashed has two secrets that would be one key if HMAC
// hashed a secret as long as its block.
func TestASecretOfOneBlockIsNotHashed(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("64 bytes", 8)
	digest := sha256.Sum256([]byte(secret))
	bearer, session := hmacSigner("b", secret), hmacSigner("s", string(digest[:]))
	if _, err := ParseKeys([]byte(bearer.jwk), []byte(session.jwk)); err != nil {
		t.Error(err)
	}
	_, err := ParseKeys([]byte(bearer.jwk), []byte(hmacSigner("s", secret).jwk))
	expectInvalid(t, err, `key "b" of the bearer set`, `is the same key as "s" of the session set`)
}

// TestKeyIDs tries every byte.
func TestKeyIDs(t *testing.T) {
	t.Parallel()
	const good = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	for c := range 256 {
		for _, id := range []string{string([]byte{byte(c)}), "a" + string([]byte{byte(c)}), string([]byte{byte(c)}) + "a"} {
			if got, want := isKeyID(id), strings.IndexByte(good, byte(c)) >= 0; got != want {
				t.Errorf("isKeyID(%q) = %v", id, got)
			}
		}
	}
}

func TestErrorsContainNoKeyMaterial(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("secret", 3)
	for _, jwk := range []string{
		hmacSigner("a", secret).jwk,
		edited(hmacSigner("a", secret).jwk, "kid", `"`+b64.EncodeToString([]byte(secret))+`/"`),
		edited(hmacSigner("a", secret).jwk, "alg", `"`+b64.EncodeToString([]byte(secret))+`"`),
		edited(hmacSigner("a", secret).jwk, "kty", `"`+b64.EncodeToString([]byte(secret))+`"`),
		edited(hmacSigner("a", secret).jwk, "use", `"`+b64.EncodeToString([]byte(secret))+`"`),
		`"` + b64.EncodeToString([]byte(secret)) + `"`,
		b64.EncodeToString([]byte(secret)),
		`{"` + b64.EncodeToString([]byte(secret)) + `":0}`,
	} {
		_, err := ParseKeys([]byte(jwk), []byte(jwk))
		if err == nil || strings.Contains(err.Error(), b64.EncodeToString([]byte(secret))[:6]) {
			t.Errorf("ParseKeys(%s): %v", jwk, err)
		}
	}
}

func TestParseKeyFile(t *testing.T) {
	t.Parallel()
	b, s := string(jwkSet(signers()[Bearer]["HS256"])), signers()[Session]["HS256"].jwk
	if _, err := ParseKeyFile([]byte(`{"bearer":` + b + `,"session":` + s + `}`)); err != nil {
		t.Error(err)
	}
	const both = `must be an object of "bearer" and "session", nothing else`
	for name, c := range map[string]struct{ file, where, problem string }{
		"nothing":       {``, "the key document", "is empty"},
		"not an object": {`[]`, "the keys", both},
		"one only":      {`{"bearer":` + b + `}`, "the keys", both},
		"one too many":  {`{"bearer":` + b + `,"session":` + s + `,"other":1}`, "the keys", both},
		"no session":    {`{"bearer":` + b + `,"other":` + s + `}`, "the keys", both},
		"no bearer":     {`{"other":` + b + `,"session":` + s + `}`, "the keys", both},
		"twice":         {`{"bearer":` + b + `,"session":` + s + `,"session":` + s + `}`, "the key document", "has an object with the same name twice"},
		"null":          {`{"bearer":null,"session":` + s + `}`, "the bearer set", "is neither a JWK Set nor a JWK"},
		"text":          {`{"bearer":` + b + `,"session":"{}"}`, "the session set", "is neither a JWK Set nor a JWK"},
		"one key":       {`{"bearer":` + s + `,"session":` + s + `}`, `key "session-HS256" of the bearer set`, `is the same key as "session-HS256" of the session set`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseKeyFile([]byte(c.file))
			expectInvalid(t, err, c.where, c.problem)
		})
	}
}
