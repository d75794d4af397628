package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"users-organizations/pkg/problem"
	"users-organizations/pkg/telemetry"
)

// journal writes one log line a request, and its metrics. It takes from the
// request only what is named here: never a token, and never the body.
type journal struct {
	lines   *telemetry.Lines
	log     *slog.Logger
	metrics *telemetry.Metrics
}

// newJournal writes to out what is at least as grave as level, and the metrics
// of the function of that name.
func newJournal(out io.Writer, level, function string, now func() time.Time) journal {
	lines := telemetry.NewLines(out)
	return journal{
		lines:   lines,
		log:     telemetry.NewLogger(lines, level),
		metrics: telemetry.NewMetrics(lines, function, now),
	}
}

// counted says which metric an outcome adds to. Refused callers are counted by
// the authorizer, and failures by Lambda and API Gateway themselves.
var counted = map[string]string{
	created:                              "Registrations",
	replayed:                             "Replays",
	string(problem.MembershipExists):     "Conflicts",
	string(problem.IdempotencyKeyReused): "Conflicts",
	string(problem.InvalidRequest):       "InvalidRequests",
	string(problem.PayloadTooLarge):      "InvalidRequests",
	string(problem.UnsupportedMediaType): "InvalidRequests",
	string(problem.Unavailable):          "Unavailable",
}

func (j journal) write(ctx context.Context, x *exchange, a answer, took time.Duration) {
	defer j.lines.Flush()
	e := &x.event
	attributes := []slog.Attr{
		slog.String("requestId", e.RequestID),
		slog.String("traceId", telemetry.TraceID(ctx)),
		slog.String("route", e.route()),
		slog.Int("status", a.StatusCode),
		slog.String("outcome", a.outcome),
		slog.Float64("durationMs", float64(took.Microseconds())/1000),
		slog.String("caller", e.callerID()),
		slog.String("userId", clip(e.PathParameters["userId"])),
		slog.String("organizationId", clip(e.PathParameters["organizationId"])),
	}
	if x.err != nil {
		attributes = append(attributes, slog.String("cause", x.err.Error()))
	}
	if old := x.outcome.Replaced; old != nil {
		attributes = append(attributes, slog.Group("replaced",
			"createdAt", old.CreatedAt, "deletedAt", old.DeletedAt, "registeredBy", old.RegisteredBy))
	}
	level := slog.LevelInfo
	if a.StatusCode >= 500 {
		level = slog.LevelError
	}
	j.log.LogAttrs(ctx, level, "request", attributes...)

	var values []telemetry.Value
	if name, ok := counted[a.outcome]; ok {
		values = append(values, telemetry.Count(name))
	}
	if x.storeTook > 0 {
		values = append(values, telemetry.Milliseconds("StoreLatency", x.storeTook))
	}
	if len(values) == 0 {
		return
	}
	if err := j.metrics.Put(values...); err != nil {
		j.log.ErrorContext(ctx, "metrics", "cause", err.Error())
	}
}

// clip keeps an id of any legal length, and cuts what a caller may have put in
// its place.
func clip(id string) string {
	const longest = len("-9007199254740991")
	if len(id) > longest {
		return id[:longest] + "…"
	}
	return id
}
