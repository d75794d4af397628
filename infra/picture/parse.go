package main

import (
	"fmt"
	"regexp"
	"strings"
)

// picture is boxes on a grid, and the lines between them.
type picture struct {
	title string
	boxes []box
	lines []line
}

// box covers one column of the grid, and the rows from first to last. Columns
// and rows count from 0.
type box struct {
	kind        string // a CSS class of style
	name, note  string
	column      int
	first, last int
}

// line is an arrow from a box to one that shares a row or a column with it.
type line struct {
	from, to box
	label    string
}

var (
	boxOf  = regexp.MustCompile(`^(outside|aws|function) *\| (.+?) *\| ([A-D])([1-5])(?:-([1-5]))? *\| (.+)$`)
	lineOf = regexp.MustCompile(`^(.+) -> ([^:]+?)(?:: (.+))?$`)
)

// parse reads a text in the format that system.txt explains. An error names the
// line.
func parse(text string) (picture, error) {
	var p picture
	boxes := map[string]box{}
	for i, row := range strings.Split(text, "\n") {
		switch {
		case row == "" || strings.HasPrefix(row, "#"):
		case strings.HasPrefix(row, "title "):
			p.title = strings.TrimPrefix(row, "title ")
		case boxOf.MatchString(row):
			m := boxOf.FindStringSubmatch(row)
			b := box{kind: m[1], name: m[2], note: m[6], column: int(m[3][0] - 'A'), first: int(m[4][0] - '1')}
			b.last = b.first
			if m[5] != "" {
				b.last = int(m[5][0] - '1')
			}
			boxes[b.name] = b
			p.boxes = append(p.boxes, b)
		case lineOf.MatchString(row):
			m := lineOf.FindStringSubmatch(row)
			l := line{from: boxes[m[1]], to: boxes[m[2]], label: m[3]}
			if l.from.name == "" || l.to.name == "" {
				return picture{}, fmt.Errorf("line %d: %q needs two boxes that are declared above it", i+1, row)
			}
			if !l.level() && l.from.column != l.to.column {
				return picture{}, fmt.Errorf("line %d: %q needs boxes that share a row or a column", i+1, row)
			}
			p.lines = append(p.lines, l)
		default:
			return picture{}, fmt.Errorf("line %d: %q is neither a title nor a box nor a line", i+1, row)
		}
	}
	return p, nil
}

// level reports whether the two boxes share a row, so that the line is
// horizontal.
func (l line) level() bool {
	return max(l.from.first, l.to.first) <= min(l.from.last, l.to.last)
}
