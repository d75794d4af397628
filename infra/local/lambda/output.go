package lambda

import (
	"bytes"
	"io"
	"sync"
)

// lines passes whole lines on, so that the lines of two processes don't mix.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lines) write(text []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.out.Write(text)
	return err
}

// maxLine is the size, in bytes, at which an unfinished line is passed on.
const maxLine = 1 << 20

// tail is the output of one process. It remembers the last line.
type tail struct {
	out     *lines
	mu      sync.Mutex
	partial []byte
	line    string
}

// Write takes a part of the output and passes on the lines that end in it.
func (t *tail) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partial = append(t.partial, text...)
	end := bytes.LastIndexByte(t.partial, '\n') + 1
	if end == 0 && len(t.partial) < maxLine {
		return len(text), nil
	}
	if end == 0 {
		end = len(t.partial)
	}
	return len(text), t.pass(end)
}

// flush passes on an unfinished last line.
func (t *tail) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.partial) > 0 {
		t.partial = append(t.partial, '\n')
		_ = t.pass(len(t.partial))
	}
}

func (t *tail) pass(end int) error {
	whole := t.partial[:end]
	for line := range bytes.Lines(whole) {
		if len(bytes.TrimSpace(line)) > 0 {
			t.line = string(line)
		}
	}
	err := t.out.write(whole)
	t.partial = append([]byte(nil), t.partial[end:]...)
	return err
}

func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.line
}
