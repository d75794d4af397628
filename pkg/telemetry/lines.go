package telemetry

import (
	"io"
	"sync"
)

// Lines keeps whole lines and writes them together: a small function has time for few
// system calls, so the lines of a request take one. It is safe for concurrent use.
type Lines struct {
	mu   sync.Mutex
	text []byte
	w    io.Writer
}

// NewLines makes Lines that writes to w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

// Write keeps text until Flush.
func (l *Lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, text...)
	return len(text), nil
}

// Flush writes all lines. Lines that can't be written are lost, because the error
// could be reported only in the log.
func (l *Lines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.text) > 0 {
		_, _ = l.w.Write(l.text)
		l.text = l.text[:0]
	}
}
