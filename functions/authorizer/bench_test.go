package main

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"users-organizations/pkg/telemetry"
)

// BenchmarkAllow is a whole call with two valid tokens, its log line included.
func BenchmarkAllow(b *testing.B) {
	var out output
	h := newTestHandler(&out, sampleKeySource(b))
	h.log = telemetry.NewRequestLog(io.Discard, environment(nil), time.Now)
	benchmarkInvoke(b, h)
}

// BenchmarkOpen is an authorizer that allows every request, to compare with
// BenchmarkAllow.
func BenchmarkOpen(b *testing.B) {
	type request = events.APIGatewayCustomAuthorizerRequestTypeRequest
	type response = events.APIGatewayCustomAuthorizerResponse
	benchmarkInvoke(b, lambda.NewHandler(func(_ context.Context, r request) (response, error) {
		return policy(effectAllow, "anybody", []string{r.MethodArn}, nil), nil
	}))
}

func benchmarkInvoke(b *testing.B, h lambda.Handler) {
	b.Helper()
	payload := readEvent(b, "authorizer")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(b.Context(), payload); err != nil {
			b.Fatal(err)
		}
	}
}
