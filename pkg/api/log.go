package api

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"users-organizations/pkg/membership"
	"users-organizations/pkg/problem"
	"users-organizations/pkg/telemetry"
)

// replayed is the outcome of a response that repeats an earlier one. The outcome
// of a problem is its code.
const replayed = "replayed"

// counted maps outcomes to metrics. Refused callers (401, 403) are only in the log,
// since anybody could raise an alarm with them. Lambda and API Gateway count
// failures.
var counted = map[string]string{
	replayed:                             "Replays",
	string(problem.MembershipExists):     "Conflicts",
	string(problem.IdempotencyKeyReused): "Conflicts",
	string(problem.PreconditionFailed):   "Conflicts",
	string(problem.MembershipNotFound):   "NotFound",
	string(problem.InvalidRequest):       "InvalidRequests",
	string(problem.PreconditionRequired): "InvalidRequests",
	string(problem.PayloadTooLarge):      "InvalidRequests",
	string(problem.UnsupportedMediaType): "InvalidRequests",
	string(problem.Unavailable):          "Unavailable",
}

// write writes the log line and the metrics of a request. It must never write a
// token or the body.
func (h *Handler) write(ctx context.Context, r *Request, out *proxyResponse, response Response, err error, took time.Duration) {
	attributes := append(make([]slog.Attr, 0, 12),
		slog.String("requestId", r.ID),
		slog.String("traceId", telemetry.TraceID(ctx)),
		slog.String("operation", r.operation.id),
		slog.Int("status", out.status),
		slog.String("outcome", out.outcome),
		telemetry.Duration(took),
		slog.String("caller", r.Caller.UserID),
		slog.String("userId", clip(r.UserID)),
		slog.String("organizationId", clip(r.OrganizationID)),
	)
	level := slog.LevelInfo
	if out.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if err != nil {
		attributes = append(attributes, slog.String("cause", err.Error()))
	}
	attributes = append(attributes, response.Logged...)

	var values []telemetry.Value
	switch name, ok := counted[out.outcome]; {
	case ok:
		values = append(values, telemetry.Count(name, 1))
	case err == nil:
		values = append(values, telemetry.Count("Successes", 1))
	}
	if r.storeTook > 0 {
		values = append(values, telemetry.Milliseconds("StoreLatency", r.storeTook))
	}
	h.log.Write(ctx, level, "request", attributes, r.operation.id, values...)
}

// longestID is the length of the longest valid id.
var longestID = len(strconv.Itoa(membership.MinInteger))

// clip cuts a text that is longer than any id, so that a caller can't write it
// into the log.
func clip(id string) string {
	if len(id) > longestID {
		return id[:longestID] + "…"
	}
	return id
}
