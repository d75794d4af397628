package token

import "time"

// Leeway is how far the clocks of a token's issuer and of this service may
// differ. Every check of a time in a token allows for it.
const Leeway = 60 * time.Second

// Passed says whether the expiry at, in Unix seconds, has passed at now. A token
// is valid before exp plus Leeway, not at it (RFC 7519, section 4.1.4).
func Passed(at int64, now time.Time) bool {
	return !now.Before(time.Unix(at, 0).Add(Leeway))
}

// Ahead says whether the time at, in Unix seconds, is more than Leeway after now.
func Ahead(at int64, now time.Time) bool {
	return now.Add(Leeway).Before(time.Unix(at, 0))
}
