package membership

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// hasher collects values for a SHA-256. The length comes before each value of
// variable length, so that different values never give the same bytes.
type hasher []byte

func (h *hasher) integers(ns ...int64) {
	for _, n := range ns {
		*h = binary.BigEndian.AppendUint64(*h, uint64(n)) //nolint:gosec // the bits count, not the sign
	}
}

func (h *hasher) list(ns []int64) {
	h.integers(int64(len(ns)))
	h.integers(ns...)
}

// optional adds the number of values, 0 or 1, and then the value.
func (h *hasher) optional(n *int64) {
	if n == nil {
		h.integers(0)
		return
	}
	h.integers(1, *n)
}

// optionalList gives an absent list other bytes than every list, an empty one
// included.
func (h *hasher) optionalList(ns []int64) {
	if ns == nil {
		h.integers(0)
		return
	}
	h.integers(1)
	h.list(ns)
}

func (h *hasher) text(s string) {
	h.integers(int64(len(s)))
	*h = append(*h, s...)
}

// sum returns the hash in hexadecimal digits.
func (h *hasher) sum() string {
	sum := sha256.Sum256(*h)
	return hex.EncodeToString(sum[:])
}

// hash identifies a request about the membership of key by its values.
func (g Grant) hash(operation Operation, key Key) string {
	h := make(hasher, 0, 256)
	h.text(string(operation))
	h.integers(key.UserID, key.OrganizationID)
	h.optional(g.Scope)
	h.optional(g.Group)
	h.optionalList(g.Manage)
	h.optionalList(g.Read)
	return h.sum()
}
