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

// replayed is the outcome of every response that repeats an earlier one; a
// problem's outcome is its code.
const replayed = "replayed"

// counted says which metric a problem adds to. Callers without a right are
// counted by the authorizer, failures by Lambda and API Gateway.
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

// write writes one log line and the metrics of a request. It takes from the
// request only what it names: never a token, and never the body.
func (h *Handler) write(ctx context.Context, r *Request, out *proxyResponse, response Response, err error, took time.Duration) {
	attributes := append(make([]slog.Attr, 0, 12),
		slog.String("requestId", r.ID),
		slog.String("traceId", telemetry.TraceID(ctx)),
		slog.String("operation", r.operation.id),
		slog.Int("status", out.StatusCode),
		slog.String("outcome", out.outcome),
		telemetry.Duration(took),
		slog.String("caller", r.Caller.UserID),
		slog.String("userId", clip(r.UserID)),
		slog.String("organizationId", clip(r.OrganizationID)),
	)
	level := slog.LevelInfo
	if out.StatusCode >= http.StatusInternalServerError {
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

// longestID is the length of the longest legal id.
var longestID = len(strconv.Itoa(membership.MinInteger))

// clip keeps an id of any legal length, and cuts a longer text that a caller sent
// as an id.
func clip(id string) string {
	if len(id) > longestID {
		return id[:longestID] + "…"
	}
	return id
}
