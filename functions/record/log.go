package main

import (
	"context"
	"log/slog"
	"time"

	"users-organizations/pkg/history"
	"users-organizations/pkg/telemetry"
)

// tally counts the results of a batch.
type tally struct {
	records, entries, duplicates, gaps, foreign, unreadable, unpublished int
	// lag is the longest time from a change to its entry.
	lag time.Duration
	// cause is why Lambda must send the batch, or a part of it, again.
	cause error
}

// add counts an entry. It counts gaps, unreadable and foreign changes of duplicates
// too: the process that appended the entry may have ended before it counted them.
func (t *tally) add(e history.Entry, appended bool) {
	if appended {
		t.entries++
	} else {
		t.duplicates++
	}
	// A gap before the first entry is no failure: the membership is older than the
	// stream.
	if e.Gap && e.Sequence > 1 {
		t.gaps++
	}
	if e.Unreadable {
		t.unreadable++
	}
	if !byService(e) {
		t.foreign++
	}
}

// byService says whether the service itself made the change.
func byService(e history.Entry) bool { return e.Type != history.Foreign && e.Type != history.Erased }

// write writes one log line with the metrics of a batch.
func (h *handler) write(ctx context.Context, t tally, took time.Duration) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("traceId", telemetry.TraceID(ctx)),
		slog.Int("records", t.records),
		slog.Int("entries", t.entries),
		slog.Int("duplicates", t.duplicates),
		telemetry.Duration(took),
	}
	if t.cause != nil {
		level = slog.LevelError
		attributes = append(attributes, slog.Int("unpublished", t.unpublished), slog.String("cause", t.cause.Error()))
	}
	values := []telemetry.Value{
		telemetry.Count("Entries", t.entries),
		telemetry.Count("Duplicates", t.duplicates),
		telemetry.Count("Gaps", t.gaps),
		telemetry.Count("Foreign", t.foreign),
		telemetry.Count("Unreadable", t.unreadable),
		telemetry.Count("PublishFailures", t.unpublished),
	}
	if t.entries > 0 {
		values = append(values, telemetry.Milliseconds("Lag", t.lag))
	}
	h.log.Write(ctx, level, "batch", attributes, "", values...)
}

// warn writes a line for an entry that an operator should see.
func (h *handler) warn(ctx context.Context, e history.Entry) {
	if byService(e) && !e.Gap {
		return
	}
	h.log.Write(ctx, slog.LevelWarn, "entry", []slog.Attr{
		slog.String("pair", string(e.Pair)),
		slog.Int64("sequence", e.Sequence),
		slog.String("type", string(e.Type)),
		slog.Bool("gap", e.Gap),
		slog.Bool("unreadable", e.Unreadable),
		slog.String("eventId", e.EventID),
	}, "")
}
