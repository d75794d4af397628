package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"users-organizations/pkg/strictjson"
)

// key is one key that tokens may be signed with.
type key struct {
	id string
	// method is the one algorithm of this key (RFC 8725, section 3.1).
	method jwt.SigningMethod
	// public is what method verifies with. For HMAC it is the secret itself.
	public any
	// material is equal for two keys exactly when each accepts what the other
	// signed.
	material string
}

// algorithm says how to read a JWK with one value of alg.
type algorithm struct {
	keyType string
	method  jwt.SigningMethod
	read    func(strictjson.Value) (public any, material string, err error)
}

var algorithms = map[string]algorithm{
	"HS256": {"oct", jwt.SigningMethodHS256, readHMAC},
	"RS256": {"RSA", jwt.SigningMethodRS256, readRSA},
	"ES256": {"EC", jwt.SigningMethodES256, readP256},
	"EdDSA": {"OKP", jwt.SigningMethodEdDSA, readEd25519},
}

// privateMembers must not be in a key that only verifies (RFC 7518, sections
// 6.2.2, 6.3.2 and 6.4; RFC 8037, section 2).
var privateMembers = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// isKeyID says whether id is a valid kid: 1 to 64 characters without a special
// meaning in a path, a query or a log.
func isKeyID(id string) bool {
	return 0 < len(id) && len(id) <= 64 && inAlphabet(id)
}

// readKey reads one JWK (RFC 7517, section 4). Its errors complete a sentence
// that begins with the name of the key, and contain no key material.
func readKey(jwk strictjson.Value) (key, error) {
	if jwk.Kind != strictjson.Object {
		return key{}, errors.New("must be a JSON object")
	}
	id, _ := jwk.Member("kid")
	if id.Kind != strictjson.String || !isKeyID(id.Text) {
		return key{}, errors.New("needs a kid of 1 to 64 characters A-Z a-z 0-9 . _ -")
	}
	name, _ := jwk.Member("alg")
	a, known := algorithms[name.Text]
	if name.Kind != strictjson.String || !known {
		return key{}, errors.New("needs an alg: HS256, RS256, ES256 or EdDSA")
	}
	if keyType, _ := jwk.Member("kty"); !isText(keyType, a.keyType) {
		return key{}, fmt.Errorf("needs the kty %s, because its alg is %s", a.keyType, name.Text)
	}
	if use, there := jwk.Member("use"); there && !isText(use, "sig") {
		return key{}, errors.New("has a use that is not sig")
	}
	if a.keyType != "oct" {
		for _, private := range privateMembers {
			if _, there := jwk.Member(private); there {
				return key{}, fmt.Errorf("has the private member %q: only the public key belongs here", private)
			}
		}
	}
	public, material, err := a.read(jwk)
	if err != nil {
		return key{}, err
	}
	return key{id: id.Text, method: a.method, public: public, material: material}, nil
}

const minHMACBytes = 32

func readHMAC(jwk strictjson.Value) (any, string, error) {
	secret, err := readBytes(jwk, "k")
	if err != nil {
		return nil, "", err
	}
	if len(secret) < minHMACBytes {
		return nil, "", fmt.Errorf("has %d bytes: an HMAC key needs %d or more", len(secret), minHMACBytes)
	}
	if bytes.Count(secret, secret[:1]) == len(secret) {
		return nil, "", errors.New("repeats one byte: an HMAC key needs random bytes")
	}
	// HMAC hashes a key longer than its block (RFC 2104, section 2), so different
	// bytes can be the same key.
	block := secret
	if len(block) > sha256.BlockSize {
		sum := sha256.Sum256(block)
		block = sum[:]
	}
	return secret, withoutPadding(block), nil
}

// withoutPadding returns the material of a key that could be an HMAC secret of
// up to one block, which HMAC pads with zeros.
func withoutPadding(block []byte) string {
	return strings.TrimRight(string(block), "\x00")
}

const minRSABits = 2048

func readRSA(jwk strictjson.Value) (any, string, error) {
	n, err := readBytes(jwk, "n")
	if err != nil {
		return nil, "", err
	}
	e, err := readBytes(jwk, "e")
	if err != nil {
		return nil, "", err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	switch {
	case modulus.BitLen() < minRSABits:
		return nil, "", fmt.Errorf("has %d bits: an RSA key needs %d or more", modulus.BitLen(), minRSABits)
	case modulus.Bit(0) == 0:
		return nil, "", errors.New("has an even n, which is not an RSA modulus")
	case exponent.BitLen() < 2 || exponent.BitLen() > 31 || exponent.Bit(0) == 0:
		return nil, "", errors.New("has an e that is not an odd number from 3 to 2^31-1")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, modulus.Text(16), nil
}

// coordinateBytes is the length of a coordinate of P-256 and of an Ed25519 key.
const coordinateBytes = 32

func readP256(jwk strictjson.Value) (any, string, error) {
	if curve, _ := jwk.Member("crv"); !isText(curve, "P-256") {
		return nil, "", errors.New("needs the crv P-256, because its alg is ES256")
	}
	x, err := readBytes(jwk, "x")
	if err != nil {
		return nil, "", err
	}
	y, err := readBytes(jwk, "y")
	if err != nil {
		return nil, "", err
	}
	if len(x) != coordinateBytes || len(y) != coordinateBytes {
		return nil, "", fmt.Errorf("needs an x and a y of %d bytes each", coordinateBytes)
	}
	point := append(append([]byte{4}, x...), y...)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, "", errors.New("has an x and a y that are not a point of P-256")
	}
	return public, string(point), nil
}

func readEd25519(jwk strictjson.Value) (any, string, error) {
	if curve, _ := jwk.Member("crv"); !isText(curve, "Ed25519") {
		return nil, "", errors.New("needs the crv Ed25519, because its alg is EdDSA")
	}
	x, err := readBytes(jwk, "x")
	if err != nil {
		return nil, "", err
	}
	if len(x) != coordinateBytes {
		return nil, "", fmt.Errorf("needs an x of %d bytes", coordinateBytes)
	}
	if err := checkPoint(x); err != nil {
		return nil, "", err
	}
	return ed25519.PublicKey(x), withoutPadding(x), nil
}

func readBytes(jwk strictjson.Value, name string) ([]byte, error) {
	v, there := jwk.Member(name)
	if !there {
		return nil, fmt.Errorf("has no %q", name)
	}
	data, err := encoding.DecodeString(v.Text)
	if v.Kind != strictjson.String || err != nil || !inAlphabet(v.Text) {
		return nil, fmt.Errorf("has a %q that is not base64url without padding", name)
	}
	return data, nil
}
