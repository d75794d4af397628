package telemetry

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// RequestLog writes one log line and the metrics of each request, in one write.
// It is safe for concurrent use.
type RequestLog struct {
	lines   *Lines
	log     *slog.Logger
	metrics *Metrics
}

// NewRequestLog makes the log of the function that the environment names (Lambda
// developer guide, "Defined runtime environment variables"). Lines below the level of
// AWS_LAMBDA_LOG_LEVEL are left out, metrics never.
func NewRequestLog(out io.Writer, getenv func(string) string, now func() time.Time) *RequestLog {
	lines := NewLines(out)
	return &RequestLog{
		lines:   lines,
		log:     NewLogger(lines, getenv("AWS_LAMBDA_LOG_LEVEL")),
		metrics: NewMetrics(lines, getenv("AWS_LAMBDA_FUNCTION_NAME"), now),
	}
}

// Write writes a line with a message and its attributes, and the values as metrics
// of the operation, or of the function alone if operation is empty.
func (l *RequestLog) Write(
	ctx context.Context, level slog.Level, message string, attributes []slog.Attr, operation string, values ...Value,
) {
	defer l.lines.Flush()
	l.log.LogAttrs(ctx, level, message, attributes...)
	if len(values) == 0 {
		return
	}
	if err := l.metrics.Put(operation, values...); err != nil {
		l.log.ErrorContext(ctx, "metrics", "cause", err.Error())
	}
}

// Duration returns how long a request took, as an attribute of its log line.
func Duration(d time.Duration) slog.Attr {
	return slog.Float64("durationMs", milliseconds(d))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
