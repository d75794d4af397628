package membership_test

import (
	"testing"

	"users-organizations/pkg/membership"
)

func BenchmarkParseRegistration(b *testing.B) {
	r := request(func(r *membership.RegistrationRequest) {
		r.IdempotencyKeys = []string{"8e03978e-40d5-43dd-bc93-6894a57f9324"}
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := membership.ParseRegistration(r); err != nil {
			b.Fatal(err)
		}
	}
}
