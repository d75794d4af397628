package localtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/aws/aws-lambda-go/events"
)

// Events reads the local event bus's file from an offset in bytes. It gives the
// events, and the offset after the last whole line: a line may be half written.
func Events(file string, from int64) ([]events.EventBridgeEvent, int64, error) {
	f, err := os.Open(file) //nolint:gosec // The caller names the file.
	if err != nil {
		return nil, from, err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, from, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, from, err
	}
	var all []events.EventBridgeEvent
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return all, from, nil
		}
		var e events.EventBridgeEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, from, fmt.Errorf("the line %q: %w", line, err)
		}
		all, text, from = append(all, e), rest, from+int64(len(line))+1
	}
}
