package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"users-organizations/pkg/telemetry"
	"users-organizations/pkg/token"
)

// failures is the metric of our own failures: keys that cannot be loaded, panics. A
// refused token does not count, since anybody could raise an alarm with it.
const failures = "AuthorizerFailures"

// write writes the log line of a request, and counts failures. The line never has a
// token or a part of one.
func (h *handler) write(ctx context.Context, e *event, d *decision, took time.Duration) {
	attributes := []slog.Attr{
		slog.String("requestId", e.RequestContext.RequestID),
		slog.String("traceId", telemetry.TraceID(ctx)),
		slog.String("outcome", string(d.outcome)),
		telemetry.Duration(took),
	}
	if d.reason != "" {
		attributes = append(attributes, slog.String("reason", d.reason))
	}
	if d.userID != "" {
		attributes = append(attributes, slog.String("userId", d.userID))
	}
	if d.scope != "" {
		attributes = append(attributes, slog.String("scope", d.scope))
	}
	if d.cause == nil {
		h.log.Write(ctx, slog.LevelInfo, "authorization", attributes, "")
		return
	}
	attributes = append(attributes, slog.String("cause", d.cause.Error()))
	var counted []telemetry.Value
	if !errors.Is(d.cause, token.ErrNoKeys) { // watch has counted the failed load
		counted = append(counted, telemetry.Count(failures, 1))
	}
	h.log.Write(ctx, slog.LevelError, "authorization", attributes, "", counted...)
}

// watch logs and counts every failed load. While older keys are valid, no request
// fails for it.
func watch(load keySource, log *telemetry.RequestLog) keySource {
	return func(ctx context.Context) (*token.Keys, error) {
		keys, err := load(ctx)
		if err != nil {
			log.Write(ctx, slog.LevelError, "keys not loaded", []slog.Attr{slog.String("cause", err.Error())}, "", telemetry.Count(failures, 1))
		}
		return keys, err
	}
}
