// Package cors says which web origins a deployment may allow to read responses.
package cors

import (
	"net/url"
	"strings"
)

// IsOrigin says whether text is an origin as a browser writes it (RFC 6454,
// section 6.2), with https or on localhost: others on the network could forge the
// pages of any other.
func IsOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || text != strings.ToLower(u.Scheme+"://"+u.Host) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && u.Hostname() == "localhost"
}
