package token

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// smallOrder returns all encodings of the eight points of small order, including
// those that are not canonical (RFC 8032, section 5.1.3).
func smallOrder(tb testing.TB) map[string][]byte {
	tb.Helper()
	all := map[string][]byte{}
	for name, text := range map[string]string{
		"y = 0":                  strings.Repeat("00", 32),
		"y = 1":                  "01" + strings.Repeat("00", 31),
		"y = -1":                 "ec" + strings.Repeat("ff", 30) + "7f",
		"y of order 8":           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"the other y of order 8": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"y = 0, not canonical":   "ed" + strings.Repeat("ff", 30) + "7f",
		"y = 1, not canonical":   "ee" + strings.Repeat("ff", 30) + "7f",
	} {
		y, err := hex.DecodeString(text)
		if err != nil {
			tb.Fatal(err)
		}
		all[name] = y
		negative := slices.Clone(y)
		negative[31] |= 0x80
		all[name+", x negative"] = negative
	}
	return all
}

// TestAnybodyCanSignForAPointOfSmallOrder shows why such a key is refused: trying
// finds a signature that crypto/ed25519 accepts.
func TestAnybodyCanSignForAPointOfSmallOrder(t *testing.T) {
	t.Parallel()
	points := smallOrder(t)
	for name, key := range points {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forged := func() bool {
				for i := range 1000 {
					for _, r := range points {
						if ed25519.Verify(key, []byte(strconv.Itoa(i)), append(slices.Clone(r), make([]byte, 32)...)) {
							return true
						}
					}
				}
				return false
			}
			if !forged() {
				t.Error("no signature found for any of 1000 messages")
			}
			_, err := ParseKeys([]byte(ed25519JWK("a", key)), jwkSet(signers()[Session]["HS256"]))
			expectInvalid(t, err, `key "a" of the bearer set`, "has an x of small order, with which anybody could sign")
		})
	}
}

func ed25519JWK(id string, x []byte) string {
	return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":%q,"x":%q}`, id, b64.EncodeToString(x))
}

func TestPointsOfEd25519(t *testing.T) {
	t.Parallel()
	for range 50 {
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkPoint(public); err != nil {
			t.Errorf("the generated key %x: %v", public, err)
		}
	}
}

// TestBytesThatAreNotAPoint computes the x of each y: about every second has none.
func TestBytesThatAreNotAPoint(t *testing.T) {
	t.Parallel()
	p, _ := new(big.Int).SetString("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed", 16)
	d, _ := new(big.Int).SetString("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3", 16)
	hasX := func(y *big.Int) bool {
		y2 := new(big.Int).Mul(y, y)
		v := new(big.Int).Mul(d, y2)
		v.Add(v, big.NewInt(1)).ModInverse(v, p)
		x2 := y2.Sub(y2, big.NewInt(1))
		x2.Mul(x2, v).Mod(x2, p)
		return new(big.Int).ModSqrt(x2, p) != nil
	}
	points := 0
	for i := int64(2); i < 200; i++ {
		y := big.NewInt(i)
		if i%2 == 0 {
			y.Sub(p, y)
		}
		key := make([]byte, 32)
		y.FillBytes(key)
		slices.Reverse(key)
		want := "<nil>"
		if !hasX(y) {
			want = "has an x that is not a point of Ed25519"
		} else {
			points++
		}
		for _, sign := range []byte{0, 0x80} {
			key[31] ^= sign
			if got := fmt.Sprint(checkPoint(key)); got != want {
				t.Errorf("y = %v, sign %x: %s, want %s", y, sign, got, want)
			}
		}
	}
	if points < 60 || points > 140 {
		t.Errorf("%d of 198 are points", points)
	}
	// Each y from 2 to 18 has a second encoding, y + p.
	for i := int64(2); i <= 18; i++ {
		key := make([]byte, 32)
		new(big.Int).Add(p, big.NewInt(i)).FillBytes(key)
		slices.Reverse(key)
		if got := fmt.Sprint(checkPoint(key)); got != "has an x that is not a point of Ed25519" {
			t.Errorf("p + %d: %s", i, got)
		}
	}
}
