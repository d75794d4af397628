package main

import (
	"fmt"
	"io"
	"time"
)

// progress tells what is going on, at most a line a second.
type progress struct {
	out   io.Writer
	began time.Time
	said  time.Time
}

func newProgress(out io.Writer) *progress { return &progress{out: out, began: time.Now()} }

func (p *progress) show(format string, args ...any) {
	if time.Since(p.said) < time.Second {
		return
	}
	p.said = time.Now()
	_, _ = fmt.Fprintf(p.out, "%4.0fs  %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, args...))
}

func (p *progress) end() {
	_, _ = fmt.Fprintf(p.out, "%4.0fs  done\n\n", time.Since(p.began).Seconds())
}
