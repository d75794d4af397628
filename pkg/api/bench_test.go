package api

import (
	"testing"

	sampleevents "users-organizations/events"
	"users-organizations/pkg/apigateway"
)

func BenchmarkDecodeEvent(b *testing.B) {
	payload := sampleevents.JSON("register-with-key")
	b.ReportAllocs()
	for b.Loop() {
		var e event
		if err := apigateway.Decode(payload, &e); err != nil {
			b.Fatal(err)
		}
	}
}
