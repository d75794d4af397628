package cors_test

import (
	"testing"

	"users-organizations/pkg/cors"
)

func TestIsOrigin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"https://backoffice.example.org":          true,
		"https://backoffice.example.org:8443":     true,
		"http://localhost:5173":                   true,
		"https://backoffice.example.org/":         false,
		"https://backoffice.example.org/app":      false,
		"https://backoffice.example.org?a=b":      false,
		"https://me@backoffice.example.org":       false,
		"https://Backoffice.example.org":          false,
		"HTTPS://backoffice.example.org":          false,
		"http://backoffice.example.org":           false,
		"https://a.example.org,https://b.example": false,
		"ftp://localhost":                         false,
		"file:///":                                false,
		"backoffice.example.org":                  false,
		"https://":                                false,
		"https://[::1":                            false,
		"null":                                    false,
		"*":                                       false,
		"":                                        false,
	} {
		if got := cors.IsOrigin(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
