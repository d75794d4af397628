package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// explain adds to an error what the logs say.
func explain(ctx context.Context, err error, a account, log string) error {
	// The context may have ended, which is then the error.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	lines, logErr := complaints(ctx, a, log)
	if logErr != nil {
		return fmt.Errorf("%w\nthe logs can't be read: %w", err, logErr)
	}
	if len(lines) == 0 {
		return err
	}
	return fmt.Errorf("%w\nthe logs say:\n%s", err, few(lines))
}

// few returns the first ten lines, and the number of the rest.
func few(lines []string) string {
	const most = 10
	if len(lines) > most {
		lines = append(lines[:most:most], fmt.Sprintf("and %d more", len(lines)-most))
	}
	return strings.Join(lines, "\n")
}

// timestamp is the part in which repeated lines differ.
var timestamp = regexp.MustCompile(`"timestamp":"[^"]*",`)

// complaints are the errors in the logs of the functions and of ministack, each
// once, so that a failure names its cause.
func complaints(ctx context.Context, a account, log string) ([]string, error) {
	text, err := os.ReadFile(log) //nolint:gosec // G304: our own file.
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if _, message, isError := strings.Cut(strings.TrimSpace(line), " ERROR "); isError {
			all = append(all, timestamp.ReplaceAllString(message, ""))
		}
	}
	groups, err := kinds["AWS::Logs::LogGroup"](ctx, a)
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		messages, err := a.messages(ctx, group)
		if err != nil {
			return nil, err
		}
		for _, message := range messages {
			var line struct{ Level, Message, Cause string }
			if json.Unmarshal([]byte(message), &line) == nil && line.Level == "ERROR" {
				all = append(all, group+": "+line.Message+": "+line.Cause)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// messages returns the messages in a log group.
func (a account) messages(ctx context.Context, group string) ([]string, error) {
	var response struct{ Events []struct{ Message string } }
	if err := a.action(ctx, "logs", "Logs_20140328.FilterLogEvents", map[string]string{"logGroupName": group}, &response); err != nil {
		return nil, err
	}
	var all []string
	for _, event := range response.Events {
		all = append(all, event.Message)
	}
	return all, nil
}
