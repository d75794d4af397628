package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"users-organizations/pkg/telemetry"
)

func TestLogLineHasLambdasNames(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	telemetry.NewLogger(&out, "").Info("request", "status", 201)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	text, _ := line["timestamp"].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Location() != time.UTC {
		t.Errorf("timestamp %v, %v, want RFC 3339 in UTC", text, err)
	}
	delete(line, "timestamp")
	if want := map[string]any{"level": "INFO", "message": "request", "status": 201.}; !reflect.DeepEqual(line, want) {
		t.Errorf("got %v, want %v", line, want)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"TRACE": 4, "DEBUG": 4, "INFO": 3, "": 3, "other": 3, "WARN": 2, "warn": 2, "ERROR": 1, "FATAL": 1} {
		var out bytes.Buffer
		log := telemetry.NewLogger(&out, level)
		for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			log.Log(t.Context(), l, "m")
		}
		if got := bytes.Count(out.Bytes(), []byte("\n")); got != want {
			t.Errorf("level %q wrote %d of 4 lines, want %d", level, got, want)
		}
	}
}

func TestMetricsAreOneLineInTheEmbeddedFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	metrics := telemetry.NewMetrics(&out, "register", func() time.Time { return time.UnixMilli(1733754180007) })
	err := metrics.Put("", telemetry.Count("Registrations", 1), telemetry.Milliseconds("StoreLatency", 4321*time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"FunctionName":"register","Registrations":1,"StoreLatency":4.321,"_aws":{"CloudWatchMetrics":[` +
		`{"Namespace":"UsersOrganizations","Dimensions":[["FunctionName"]],"Metrics":[` +
		`{"Name":"Registrations","Unit":"Count"},{"Name":"StoreLatency","Unit":"Milliseconds"}]}],"Timestamp":1733754180007}}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out.String(), want)
	}
}

func TestMetricsOfAnOperation(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	metrics := telemetry.NewMetrics(&out, "read", func() time.Time { return time.UnixMilli(1733754180007) })
	if err := metrics.Put("getUserOrganization", telemetry.Count("Successes", 1)); err != nil {
		t.Fatal(err)
	}
	const want = `{"FunctionName":"read","Operation":"getUserOrganization","Successes":1,"_aws":{"CloudWatchMetrics":[` +
		`{"Namespace":"UsersOrganizations","Dimensions":[["FunctionName"],["FunctionName","Operation"]],"Metrics":[` +
		`{"Name":"Successes","Unit":"Count"}]}],"Timestamp":1733754180007}}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out.String(), want)
	}
}

func TestPanicHasTheStackButNotTheValue(t *testing.T) {
	t.Parallel()
	caught := func(f func()) (err error) {
		defer func() { err = telemetry.Panic(recover()) }()
		f()
		return nil
	}
	var empty map[string]int
	for name, c := range map[string]struct {
		panics func()
		want   string
	}{
		"the runtime's":   {func() { empty["a"] = 1 }, "panic: assignment to entry in nil map"},
		"any other value": {func() { panic("hunter2") }, "panic: a string"},
	} {
		text := caught(c.panics).Error()
		if !strings.HasPrefix(text, c.want+"\n") || !strings.Contains(text, "telemetry_test.go") || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s, want %s and the stack", name, text, c.want)
		}
	}
}

// TestARequestLogReadsTheEnvironment includes the function's name, by which alarms
// find its metrics.
func TestARequestLogReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"": 1, "INFO": 1, "ERROR": 0} {
		var out bytes.Buffer
		getenv := func(name string) string {
			return map[string]string{"AWS_LAMBDA_FUNCTION_NAME": "the-name", "AWS_LAMBDA_LOG_LEVEL": level}[name]
		}
		log := telemetry.NewRequestLog(&out, getenv, time.Now)
		log.Write(t.Context(), slog.LevelInfo, "request", nil, "", telemetry.Count("Registrations", 1))
		if got := strings.Count(out.String(), `"message":"request"`); got != want || !strings.Contains(out.String(), `"FunctionName":"the-name"`) {
			t.Errorf("level %q: %s, want %d lines and the metrics of the-name", level, &out, want)
		}
	}
}
