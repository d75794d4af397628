package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func system(t *testing.T) picture {
	t.Helper()
	text, err := os.ReadFile("system.txt")
	if err != nil {
		t.Fatal(err)
	}
	p, err := parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePictureIsUpToDate(t *testing.T) {
	t.Parallel()
	drawn, err := os.ReadFile("system.svg")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(drawn, system(t).svg()) {
		t.Error("system.svg differs from system.txt: run make picture")
	}
}

func TestThePictureHasEachFunction(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../../functions/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, folder := range folders {
		want = append(want, filepath.Base(filepath.Dir(folder)))
	}
	for _, b := range system(t).boxes {
		if b.kind == "function" {
			got = append(got, b.name)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the picture has the functions %q, want %q", got, want)
	}
}

func TestNothingOverlaps(t *testing.T) {
	t.Parallel()
	// The width of a letter of the widest font, in pixels.
	const letter, bold = 7, 9.5
	p := system(t)
	taken := map[[2]int]string{}
	for _, b := range p.boxes {
		for row := b.first; row <= b.last; row++ {
			place := [2]int{b.column, row}
			if other := taken[place]; other != "" {
				t.Errorf("%s covers %s", b.name, other)
			}
			taken[place] = b.name
		}
		if utf8.RuneCountInString(b.note)*letter > wide || float64(utf8.RuneCountInString(b.name))*bold > wide {
			t.Errorf("%q or %q is wider than its box", b.name, b.note)
		}
	}
	for _, l := range p.lines {
		x1, _, x2, _ := l.ends()
		if l.level() && utf8.RuneCountInString(l.label)*letter > max(x1-x2, x2-x1) {
			t.Errorf("%q is wider than its line", l.label)
		}
	}
}

func TestAnErrorNamesTheLine(t *testing.T) {
	t.Parallel()
	const boxes = "aws | a | A1 | one\naws | b | B2 | two\n"
	for text, want := range map[string]string{
		"aws | a | E1 | one": `line 1: "aws | a | E1 | one" is neither a title nor a box nor a line`,
		boxes + "a -> c":     `line 3: "a -> c" needs two boxes that are declared above it`,
		boxes + "a -> b: x":  `line 3: "a -> b: x" needs boxes that share a row or a column`,
	} {
		if err := run(strings.NewReader(text), &bytes.Buffer{}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
