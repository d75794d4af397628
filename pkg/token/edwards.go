package token

import (
	"errors"
	"math/big"
	"slices"
)

// checkPoint refuses Ed25519 keys that crypto/ed25519 accepts, although they belong
// to no private key (RFC 8032, sections 5.1 and 5.1.3): points of small order, for
// which anybody can sign; bytes that are not a point, for which nobody can; and
// second encodings of a point, which could hide that a key is in both sets.
func checkPoint(key []byte) error {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	d, _ := new(big.Int).SetString("37095705934669439343138083508754565189542113879843219016388785533085940283555", 10)
	times := func(a, b *big.Int) *big.Int {
		product := new(big.Int).Mul(a, b)
		return product.Mod(product, p)
	}

	bigEndian := slices.Clone(key)
	slices.Reverse(bigEndian)
	bigEndian[0] &= 0x7f // The highest bit is the sign of x, which does not matter here.
	y := new(big.Int).SetBytes(bigEndian)

	// The curve is -x² + y² = 1 + dx²y², so x² = u/v.
	y2 := times(y, y)
	u := new(big.Int).Sub(y2, big.NewInt(1))
	v := new(big.Int).Add(times(d, y2), big.NewInt(1))
	// Points of order 1 and 2 have x = 0, of order 4 y = 0, and of order 8
	// y² = -x², because they double to y = 0.
	order8 := new(big.Int).Add(times(y2, v), u)
	switch {
	case times(times(y, u), order8).Sign() == 0:
		return errors.New("has an x of small order, with which anybody could sign")
	case y.Cmp(p) >= 0 || big.Jacobi(times(u, v), p) < 0:
		return errors.New("has an x that is not a point of Ed25519")
	}
	return nil
}
