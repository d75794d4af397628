package localtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"users-organizations/pkg/telemetry/telemetrytest"
)

// Logs keeps the output of functions, in whole lines.
type Logs struct{ telemetrytest.Output }

// Line is one log line of a request.
type Line struct {
	RequestID string
	Level     string
	Status    int
	Outcome   string
	Reason    string
	Cause     string
}

// Requests gives the lines about requests, by request id. A line that is not JSON
// is an error: a search of the logs would not find it.
func (l *Logs) Requests() (map[string]Line, error) {
	found := map[string]Line{}
	for text := range strings.Lines(l.String()) {
		var line Line
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			return nil, fmt.Errorf("the log line %q: %w", text, err)
		}
		if line.RequestID != "" {
			found[line.RequestID] = line
		}
	}
	return found, nil
}

// CheckSecrets fails the test where a log line holds a token, a part of one, or
// any of the given words.
func (l *Logs) CheckSecrets(t testing.TB, words ...string) {
	t.Helper()
	for _, token := range []string{BearerToken, SessionToken} {
		words = append(words, strings.Split(token, ".")...)
	}
	text := l.String()
	if text == "" {
		t.Error("nothing was logged")
	}
	for line := range strings.Lines(text) {
		for _, word := range words {
			if strings.Contains(line, word) {
				t.Errorf("%q is in the log: %s", word, line)
			}
		}
	}
}

// CheckCause fails the test unless the request's line has the status that the
// caller received and a cause, at level ERROR from 500 on.
func CheckCause(t testing.TB, lines map[string]Line, requestID string, status int) {
	t.Helper()
	line, found := lines[requestID]
	switch {
	case !found:
		t.Errorf("request %s, a %d, is not in the log", requestID, status)
	case line.Status != status || line.Cause == "":
		t.Errorf("request %s was a %d, and the log says %+v", requestID, status, line)
	case status >= 500 && line.Level != "ERROR":
		t.Errorf("request %s was a %d, at level %s", requestID, status, line.Level)
	}
}
