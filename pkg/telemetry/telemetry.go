// Package telemetry writes what operators read: one JSON line for each request, and
// metrics as lines from which CloudWatch makes metrics.
package telemetry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// NewLogger writes JSON lines with the names that Lambda's JSON logging knows
// (Lambda developer guide, "Using JSON formatted logs"): timestamp, level and
// message. The level is one of Lambda's; any other counts as INFO.
func NewLogger(w io.Writer, level string) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: parseLevel(level),
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 {
				return a
			}
			switch a.Key {
			case slog.TimeKey:
				a.Key = "timestamp"
				a.Value = slog.TimeValue(a.Value.Time().UTC())
			case slog.MessageKey:
				a.Key = "message"
			}
			return a
		},
	}))
}

func parseLevel(level string) slog.Level {
	switch strings.ToUpper(level) {
	case "TRACE", "DEBUG":
		return slog.LevelDebug
	case "WARN":
		return slog.LevelWarn
	case "ERROR", "FATAL":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// TraceID returns the X-Ray trace header that aws-lambda-go puts into the context of
// an invocation, or nothing.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value("x-amzn-trace-id").(string)
	return id
}

// Namespace is that of all metrics of this service.
const Namespace = "UsersOrganizations"

// The dimensions of a metric: the function's name alone and, if there is an operation,
// also the function's name with the operation's id. An id of a caller or a user must
// not be one: it would make a metric of each.
const (
	Dimension          = "FunctionName"
	OperationDimension = "Operation"
)

// Metrics writes values in CloudWatch's embedded metric format (CloudWatch
// user guide, "Specification: Embedded metric format"), at every log level.
type Metrics struct {
	w io.Writer
	// function is the function's name as JSON.
	function string
	now      func() time.Time
}

// NewMetrics makes the metrics of a function, by its name.
func NewMetrics(w io.Writer, function string, now func() time.Time) *Metrics {
	name, _ := json.Marshal(function) //nolint:errchkjson // A string is always JSON.
	return &Metrics{w: w, function: string(name), now: now}
}

// Value is one measured value.
type Value struct {
	name, unit string
	amount     float64
}

// Count returns n as a metric.
func Count(name string, n int) Value { return Value{name, "Count", float64(n)} }

// Milliseconds returns d as a metric.
func Milliseconds(name string, d time.Duration) Value {
	return Value{name, "Milliseconds", milliseconds(d)}
}

// Put writes values in one line. encoding/json would take several times as long, and
// the names, units and operations of this service need no escape.
func (m *Metrics) Put(operation string, values ...Value) error {
	line := make([]byte, 0, 512)
	add := func(parts ...string) {
		for _, part := range parts {
			line = append(line, part...)
		}
	}
	add(`{"`, Dimension, `":`, m.function)
	if operation != "" {
		add(`,"`, OperationDimension, `":"`, operation, `"`)
	}
	for _, v := range values {
		add(`,"`, v.name, `":`)
		line = strconv.AppendFloat(line, v.amount, 'f', -1, 64)
	}
	add(`,"_aws":{"CloudWatchMetrics":[{"Namespace":"`, Namespace, `","Dimensions":[["`, Dimension, `"]`)
	if operation != "" {
		add(`,["`, Dimension, `","`, OperationDimension, `"]`)
	}
	add(`],"Metrics":[`)
	for i, v := range values {
		if i > 0 {
			add(`,`)
		}
		add(`{"Name":"`, v.name, `","Unit":"`, v.unit, `"}`)
	}
	add(`]}],"Timestamp":`)
	line = strconv.AppendInt(line, m.now().UnixMilli(), 10)
	if _, err := m.w.Write(append(line, "}}\n"...)); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}
