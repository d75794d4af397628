package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Sizes in pixels.
const (
	margin = 1
	wide   = 150 // a box
	high   = 50  // a box of one row
	across = 66  // between two columns
	down   = 28  // between two rows
	width  = 4*wide + 3*across + 2*margin
	height = 5*high + 4*down + 2*margin
)

// style has colours for light and dark pages.
const style = `
text { font: 12px system-ui, "Segoe UI", sans-serif; fill: #1f2328; text-anchor: middle }
.name { font-size: 14px; font-weight: 600 }
.label { fill: #59636e }
rect { fill: #f6f8fa; stroke: #8c959f }
.function { fill: #ddf4ff; stroke: #0969da }
.outside { fill: none; stroke-dasharray: 5 3 }
line { stroke: #59636e; stroke-width: 1.5 }
.head { fill: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .label { fill: #9198a1 }
  rect { fill: #151b23; stroke: #656c76 }
  .function { fill: #121d2f; stroke: #4493f8 }
  .outside { fill: none }
  line { stroke: #9198a1 }
  .head { fill: #9198a1 }
}`

func (p picture) svg() []byte {
	var out bytes.Buffer
	printf := func(format string, args ...any) { _, _ = fmt.Fprintf(&out, format+"\n", args...) }
	printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`, width, height, width, height)
	printf("<title>%s</title>", escape(p.title))
	printf("<style>%s\n</style>", style)
	printf(`<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker>`)
	for _, b := range p.boxes {
		x, y := b.left()+wide/2, (b.top()+b.bottom())/2
		printf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, b.kind, b.left(), b.top(), wide, b.bottom()-b.top())
		printf(`<text class="name" x="%d" y="%d">%s</text>`, x, y-3, escape(b.name))
		printf(`<text x="%d" y="%d">%s</text>`, x, y+15, escape(b.note))
	}
	for _, l := range p.lines {
		x1, y1, x2, y2 := l.ends()
		printf(`<line x1="%d" y1="%d" x2="%d" y2="%d" marker-end="url(#head)"/>`, x1, y1, x2, y2)
		switch {
		case l.label == "":
		case l.level():
			printf(`<text class="label" x="%d" y="%d">%s</text>`, (x1+x2)/2, y1-6, escape(l.label))
		default:
			printf(`<text class="label" x="%d" y="%d" style="text-anchor:start">%s</text>`, x1+8, (y1+y2)/2+4, escape(l.label))
		}
	}
	printf("</svg>")
	return out.Bytes()
}

func (b box) left() int   { return margin + b.column*(wide+across) }
func (b box) top() int    { return margin + b.first*(high+down) }
func (b box) bottom() int { return margin + b.last*(high+down) + high }

// ends are the points where the line leaves from and reaches to.
func (l line) ends() (x1, y1, x2, y2 int) {
	if l.level() {
		y := (max(l.from.top(), l.to.top()) + min(l.from.bottom(), l.to.bottom())) / 2
		if l.from.column < l.to.column {
			return l.from.left() + wide, y, l.to.left(), y
		}
		return l.from.left(), y, l.to.left() + wide, y
	}
	x := l.from.left() + wide/2
	if l.from.first < l.to.first {
		return x, l.from.bottom(), x, l.to.top()
	}
	return x, l.from.top(), x, l.to.bottom()
}

func escape(s string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(s))
	return out.String()
}
