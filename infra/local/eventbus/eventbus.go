// Package eventbus serves EventBridge's PutEvents and appends the events to a file.
package eventbus

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
	"uuid"

	"users-organizations/infra/local/template"
)

// Bus takes the events of every event bus, whatever its name.
type Bus struct {
	server   *http.Server
	endpoint string
	now      func() time.Time

	mu    sync.Mutex
	file  *os.File
	shown io.Writer
}

// event is what a rule's target gets (Amazon EventBridge user guide, "Events").
type event struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Start serves on a free port of the loopback interface. It appends each event to
// the file, made if it is missing, as a line of JSON in the form that a rule's
// target gets, and writes a line about it to shown.
func Start(ctx context.Context, file string, shown io.Writer, now func() time.Time) (*Bus, error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // The caller names the file.
	if err != nil {
		return nil, fmt.Errorf("opening the file of events: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("opening the event bus: %w", err)
	}
	b := &Bus{endpoint: "http://" + listener.Addr().String(), now: now, file: f, shown: shown}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = b.server.Serve(listener) }()
	return b, nil
}

// Endpoint is the URL that a client of EventBridge calls.
func (b *Bus) Endpoint() string { return b.endpoint }

// Stop ends the bus. Calls under way fail.
func (b *Bus) Stop() {
	_ = b.server.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.file.Close()
}

// publish keeps the event of an entry and shows it.
func (b *Bus) publish(e entry) (string, error) {
	published := event{
		Version:    "0",
		ID:         uuid.NewV4().String(),
		DetailType: e.DetailType,
		Source:     e.Source,
		Account:    template.Account,
		Time:       e.at(b.now()).UTC().Format(time.RFC3339),
		Region:     template.Region,
		Resources:  append([]string{}, e.Resources...),
		Detail:     json.RawMessage(e.Detail),
	}
	line, err := json.Marshal(published)
	if err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.file.Write(append(line, '\n')); err != nil {
		return "", fmt.Errorf("keeping an event: %w", err)
	}
	_, err = fmt.Fprintln(b.shown, "Event:", e.DetailType+e.about())
	return published.ID, err
}
