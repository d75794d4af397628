package dynamo

import "testing"

func BenchmarkPut(b *testing.B) {
	r := sample(1)
	r.IdempotencyKey, r.RequestHash = "8e03978e-40d5-43dd-bc93-6894a57f9324", "h"
	b.ReportAllocs()
	for b.Loop() {
		put(tableName, r)
	}
}

func BenchmarkDecode(b *testing.B) {
	it := encode(sample(1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(it); err != nil {
			b.Fatal(err)
		}
	}
}
