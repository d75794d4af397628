package conformance

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The widths of the table's columns, in characters. A row has at most 120.
const (
	verdictWidth  = 7
	caseWidth     = 43
	responseWidth = 120 - verdictWidth - caseWidth - 2*len(gap)
	gap           = "  "
)

// table writes rows whose cells wrap within the widths of their columns.
type table struct{ out io.Writer }

func (t table) row(verdict, name string, responses ...string) error {
	names := wrap(name, caseWidth)
	var lines []string
	for _, response := range responses {
		lines = append(lines, wrap(response, responseWidth)...)
	}
	for i := range max(len(names), len(lines)) {
		cell := func(column []string) string {
			if i < len(column) {
				return column[i]
			}
			return ""
		}
		line := fmt.Sprintf("%-*s%s%-*s%s%s", verdictWidth, cell([]string{verdict}), gap, caseWidth, cell(names), gap, cell(lines))
		if _, err := fmt.Fprintln(t.out, strings.TrimRight(line, " ")); err != nil {
			return fmt.Errorf("write the table: %w", err)
		}
	}
	return nil
}

// wrap breaks a text into lines of at most width characters: at spaces, or
// inside a word that is longer.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		rest := []rune(word)
		for ; len(rest) > width; rest = rest[width:] {
			lines = append(lines, string(rest[:width]))
		}
		line = string(rest)
	}
	return append(lines, line)
}
