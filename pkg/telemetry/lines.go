package telemetry

import (
	"io"
	"sync"
)

// Lines gathers whole lines until they are written out together: the lines of a
// request then cost one call of the system, of which a small function has only
// a handful. It is safe for concurrent use.
type Lines struct {
	mu   sync.Mutex
	text []byte
	w    io.Writer
}

// NewLines gathers lines for w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

// Write keeps what is written until Flush.
func (l *Lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, text...)
	return len(text), nil
}

// Flush writes everything out. Lines that can't be written are lost: the log
// is the only place where the error could be reported.
func (l *Lines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.text) > 0 {
		_, _ = l.w.Write(l.text)
		l.text = l.text[:0]
	}
}
