package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

type drawn struct {
	Height int    `xml:"height,attr"`
	Title  string `xml:"title"`
	Desc   string `xml:"desc"`
	Bars   []struct {
		Class string `xml:"class,attr"`
		Y     int    `xml:"y,attr"`
		Width string `xml:"width,attr"`
	} `xml:"rect"`
	Texts []string `xml:"text"`
}

func TestBarsAreInProportion(t *testing.T) {
	t.Parallel()
	c := chart{title: `"A" & <B>`, footer: "today", groups: []group{
		{label: "128 MB", bars: []bar{{"hello", 1, "1 ms"}, {"register", 50, "50 ms"}}},
		{label: "256 MB", bars: []bar{{"hello", 0, "0 ms"}, {"register", 100, "100 ms"}}},
	}}
	var d drawn
	if err := xml.Unmarshal(c.svg(), &d); err != nil {
		t.Fatal(err)
	}
	if d.Title != c.title || d.Texts[0] != c.title {
		t.Errorf("the title is %q and %q, want %q", d.Title, d.Texts[0], c.title)
	}
	const full = width - left - room
	for i, want := range []float64{full * 0.01, full * 0.5, 1, full} {
		if got, err := strconv.ParseFloat(d.Bars[i].Width, 64); err != nil || got < want-0.1 || got > want+0.1 {
			t.Errorf("bar %d is %s long, want %.1f", i, d.Bars[i].Width, want)
		}
		if y := d.Bars[i].Y; y+height > d.Height-bottom {
			t.Errorf("bar %d at %d lies outside %d", i, y, d.Height)
		}
	}
	if d.Bars[0].Class == d.Bars[1].Class {
		t.Error("ours looks like the others")
	}
	if want := "128 MB, hello: 1 ms. "; !strings.HasPrefix(d.Desc, want) || !strings.HasSuffix(d.Desc, "today") {
		t.Errorf("described as %q, want %q at the beginning and today at the end", d.Desc, want)
	}
}

func TestDrawNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "results.json")
	if err := draw(file, dir); err == nil || !strings.Contains(err.Error(), "make bench OUT="+file) {
		t.Errorf("without results: %v, want the command that makes them", err)
	}
	if err := os.WriteFile(file, []byte(`{"figures":[{"name":"binary size","unit":"bytes","values":{"hello":1}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := draw(file, dir); err == nil || !strings.Contains(err.Error(), "drawing") {
		t.Errorf("with one figure: %v, want the missing ones", err)
	}
}
