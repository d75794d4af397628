package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// chart has groups of horizontal bars on one scale, which begins at zero.
type chart struct {
	title  string
	groups []group
	footer string
}

type group struct {
	label string
	bars  []bar
}

type bar struct {
	name  string
	value float64
	text  string
}

// Lengths in pixels.
const (
	width  = 760
	left   = 170 // where bars begin
	room   = 90  // right of the longest bar, for its value
	height = 18  // of a bar
	step   = 22  // from bar to bar
	gap    = 14  // between groups
	top    = 44
	bottom = 34
)

// style follows the reader's colour scheme. Our programs stand out; everything that
// colour shows is also written.
const style = `
text { font: 13px system-ui, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.note { font-size: 11px; fill: #59636e }
.ours { fill: #0969da }
.other { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note { fill: #9198a1 }
  .ours { fill: #4493f8 }
  .other { fill: #656c76 }
}`

// ours are the programs that are deployed.
var ours = map[string]bool{"register": true, "authorizer": true}

func (c chart) svg() []byte {
	longest, rows := 0.0, 0
	for _, g := range c.groups {
		for _, b := range g.bars {
			longest = max(longest, b.value)
			rows++
		}
	}
	total := top + rows*step + (len(c.groups)-1)*gap + bottom
	var out bytes.Buffer
	printf := func(format string, args ...any) { _, _ = fmt.Fprintf(&out, format+"\n", args...) }
	printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`, width, total, width, total)
	printf("<title>%s</title>", escape(c.title))
	printf("<desc>%s</desc>", escape(c.describe()))
	printf("<style>%s\n</style>", style)
	printf(`<text class="title" x="0" y="18">%s</text>`, escape(c.title))
	y := top
	for _, g := range c.groups {
		if g.label != "" {
			printf(`<text x="0" y="%d">%s</text>`, y+14, escape(g.label))
		}
		for _, b := range g.bars {
			class := "other"
			if ours[b.name] {
				class = "ours"
			}
			length := b.value / longest * (width - left - room)
			printf(`<text x="%d" y="%d" text-anchor="end">%s</text>`, left-8, y+14, escape(b.name))
			printf(`<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`, class, left, y, max(length, 1), height)
			printf(`<text x="%.1f" y="%d">%s</text>`, left+max(length, 1)+6, y+14, escape(b.text))
			y += step
		}
		y += gap
	}
	printf(`<text class="note" x="0" y="%d">%s</text>`, total-8, escape(c.footer))
	printf("</svg>")
	return out.Bytes()
}

// describe gives the chart in words, for people who can't see it.
func (c chart) describe() string {
	var out bytes.Buffer
	for _, g := range c.groups {
		for _, b := range g.bars {
			if g.label != "" {
				_, _ = fmt.Fprintf(&out, "%s, ", g.label)
			}
			_, _ = fmt.Fprintf(&out, "%s: %s. ", b.name, b.text)
		}
	}
	return out.String() + c.footer
}

func escape(s string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(s))
	return out.String()
}
