// Command charts draws the benchmark's results, as SVG for light and dark pages.
//
//	charts [-results file] [-dir folder]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"users-organizations/pkg/coldstart"
)

func main() {
	file := flag.String("results", "infra/local/bench/results.json", "the benchmark's `file` of results")
	dir := flag.String("dir", "infra/local/bench", "the `folder` of the charts")
	flag.Parse()
	if err := draw(*file, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "charts:", err)
		os.Exit(1)
	}
}

// results has the members of the benchmark's results that are drawn.
type results struct {
	Date    string `json:"date"`
	Machine struct {
		Processor string `json:"processor"`
		Cores     int    `json:"cores"`
		System    string `json:"system"`
		Go        string `json:"go"`
	} `json:"machine"`
	Figures []struct {
		Name   string             `json:"name"`
		Unit   string             `json:"unit"`
		Values map[string]float64 `json:"values"`
	} `json:"figures"`
}

func draw(file, dir string) error {
	text, err := os.ReadFile(file) //nolint:gosec // The caller names the file.
	if err != nil {
		return fmt.Errorf("reading the results (make bench OUT=%s writes them): %w", file, err)
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	for name, chart := range map[string]func(results) (chart, error){
		"coldstart.svg": coldStart, "cpu.svg": processorTime, "size.svg": binarySize,
	} {
		c, err := chart(r)
		if err != nil {
			return fmt.Errorf("drawing %s from %s: %w", name, file, err)
		}
		c.footer = r.provenance()
		if err := os.WriteFile(filepath.Join(dir, name), c.svg(), 0o644); err != nil { //nolint:gosec // For everybody to read.
			return fmt.Errorf("writing a chart: %w", err)
		}
	}
	return nil
}

// provenance says when and where the results were measured.
func (r results) provenance() string {
	return fmt.Sprintf("Measured %s on %s, %d cores, %s, %s", r.Date, r.Machine.Processor, r.Machine.Cores, r.Machine.System, r.Machine.Go)
}

// group makes a bar of the figure for each of programs, and an error if one has no
// value.
func (r results) group(label, figure string, programs ...string) (group, error) {
	g := group{label: label}
	for _, f := range r.Figures {
		if f.Name != figure {
			continue
		}
		for _, p := range programs {
			value, ok := f.Values[p]
			if !ok {
				return group{}, fmt.Errorf("%q has no value of %s", figure, p)
			}
			g.bars = append(g.bars, bar{name: p, value: value, text: show(value, f.Unit)})
		}
		return g, nil
	}
	return group{}, fmt.Errorf("%q was not measured", figure)
}

func show(value float64, unit string) string {
	if unit == "bytes" {
		return fmt.Sprintf("%.1f MB", value/1e6)
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", value, unit))
}

func coldStart(r results) (chart, error) {
	c := chart{title: "From nothing to the first response, by the function's memory"}
	for _, memory := range []string{"128", "256", "512", "1024", strconv.Itoa(coldstart.WholeProcessor)} {
		g, err := r.group(memory+" MB", "start and first response, imitated "+memory+" MB", "hello", "register", "handwritten")
		if err != nil {
			return chart{}, err
		}
		c.groups = append(c.groups, g)
	}
	return c, nil
}

func processorTime(r results) (chart, error) {
	c := chart{title: "Processor time a call"}
	for _, compared := range [][]string{{"hello", "register", "handwritten"}, {"open", "authorizer"}} {
		g, err := r.group("", "processor time a call", compared...)
		if err != nil {
			return chart{}, err
		}
		c.groups = append(c.groups, g)
	}
	return c, nil
}

func binarySize(r results) (chart, error) {
	g, err := r.group("", "binary size", "hello", "authorizer", "register", "handwritten")
	return chart{title: "Size of the binary", groups: []group{g}}, err
}
