package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"users-organizations/pkg/telemetry"
	"users-organizations/pkg/token"
)

// failures is the metric of what is our own fault: keys that cannot be loaded,
// panics. A refused token is none, or anybody could raise an alarm.
const failures = "AuthorizerFailures"

// journal writes one log line a request, and counts failures. It takes from the
// request only what is named here: never a token, nor a part of one.
type journal struct {
	log     *slog.Logger
	metrics *telemetry.Metrics
}

func (j journal) write(ctx context.Context, e *event, d *decision, took time.Duration) {
	attributes := []slog.Attr{
		slog.String("requestId", e.RequestID),
		slog.String("traceId", telemetry.TraceID(ctx)),
		slog.String("outcome", string(d.outcome)),
		slog.Float64("durationMs", float64(took.Microseconds())/1000),
	}
	if d.reason != "" {
		attributes = append(attributes, slog.String("reason", d.reason))
	}
	if d.userID != "" {
		attributes = append(attributes, slog.String("userId", d.userID))
	}
	level := slog.LevelInfo
	if d.cause != nil {
		level = slog.LevelError
		attributes = append(attributes, slog.String("cause", d.cause.Error()))
	}
	j.log.LogAttrs(ctx, level, "authorization", attributes...)
	// A load that failed has been counted already.
	if d.cause != nil && !errors.Is(d.cause, token.ErrNoKeys) {
		j.count(ctx, failures)
	}
}

// watch tells of every load that fails: while older keys are still good, no
// request does.
func (j journal) watch(load keySource) keySource {
	return func(ctx context.Context) (*token.Keys, error) {
		keys, err := load(ctx)
		if err != nil {
			j.log.ErrorContext(ctx, "keys not loaded", "cause", err.Error())
			j.count(ctx, failures)
		}
		return keys, err
	}
}

func (j journal) count(ctx context.Context, name string) {
	if err := j.metrics.Put("", telemetry.Count(name)); err != nil {
		j.log.ErrorContext(ctx, "metrics", "cause", err.Error())
	}
}
