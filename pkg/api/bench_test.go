package api

import (
	"testing"

	sampleevents "users-organizations/events"
)

func BenchmarkDecodeEvent(b *testing.B) {
	payload := sampleevents.JSON("register-with-key")
	b.ReportAllocs()
	for b.Loop() {
		var e event
		if err := e.decode(payload); err != nil {
			b.Fatal(err)
		}
	}
}
