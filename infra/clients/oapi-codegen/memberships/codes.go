package memberships

import "encoding/json"

// MarshalJSON writes a nil slice as [] too: the service refuses null.
func (c Codes) MarshalJSON() ([]byte, error) {
	return json.Marshal(append([]SafeInteger{}, c...))
}
