package main

import (
	"fmt"
	"io"
	"time"
)

// progress shows the current step, at most one line a second.
type progress struct {
	out   io.Writer
	began time.Time
	shown time.Time
}

func newProgress(out io.Writer) *progress { return &progress{out: out, began: time.Now()} }

func (p *progress) show(format string, args ...any) {
	if time.Since(p.shown) < time.Second {
		return
	}
	p.shown = time.Now()
	_, _ = fmt.Fprintf(p.out, "%4.0fs  %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, args...))
}

func (p *progress) end() {
	_, _ = fmt.Fprintf(p.out, "%4.0fs  done\n\n", time.Since(p.began).Seconds())
}
