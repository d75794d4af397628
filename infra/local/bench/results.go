package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"users-organizations/pkg/coldstart"
)

// samples are the values of figures, one a round, by the program's name.
type samples struct {
	order  []figure
	values map[figure]map[string][]float64
}

func newSamples() *samples { return &samples{values: map[figure]map[string][]float64{}} }

func (s *samples) add(f figure, p program, value float64) {
	if s.values[f] == nil {
		s.order = append(s.order, f)
		s.values[f] = map[string][]float64{}
	}
	s.values[f][p.name] = append(s.values[f][p.name], value)
}

// of is the median of the rounds, or NaN if nothing was measured.
func (s *samples) of(f figure, p program) float64 { return median(s.values[f][p.name]) }

// ratio is the median of the rounds' own ratios, since what disturbs one round
// disturbs both programs in it.
func (s *samples) ratio(f figure, of, to program) float64 {
	ours, theirs := s.values[f][of.name], s.values[f][to.name]
	ratios := make([]float64, min(len(ours), len(theirs)))
	for round := range ratios {
		ratios[round] = ours[round] / theirs[round]
	}
	return median(ratios)
}

// figures gives the medians of everything that was measured.
func (s *samples) figures() []values {
	var medians []values
	for _, f := range s.order {
		v := values{figure: f, Values: map[string]float64{}}
		for _, p := range all() {
			if n := len(s.values[f][p.name]); n > 0 {
				v.Values[p.name] = s.of(f, p)
				v.Rounds = n
			}
		}
		medians = append(medians, v)
	}
	return medians
}

// results are written by the benchmark, and drawn by charts.
type results struct {
	Date    string  `json:"date"`
	Machine machine `json:"machine"`
	// Conditions say what was real and what was imitated.
	Conditions []string `json:"conditions"`
	// Unmeasured says what could not be measured, and why.
	Unmeasured []string `json:"unmeasured"`
	// Others is the other programs' share of the processors, 0 to 1.
	Others  float64   `json:"others"`
	Figures []values  `json:"figures"`
	Goals   []verdict `json:"goals"`
}

type machine struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Memory    string `json:"memory"`
	System    string `json:"system"`
	Go        string `json:"go"`
	Engine    string `json:"engine"`
}

// values are the medians of a figure, by program.
type values struct {
	figure
	Rounds int                `json:"rounds"`
	Values map[string]float64 `json:"values"`
}

// The verdicts on a goal.
const (
	reached    = "reached"
	missed     = "missed"
	unmeasured = "not measured"
)

// verdict is a goal with its value, and whether it was reached.
type verdict struct {
	Figure string `json:"figure"`
	Of     string `json:"of"`
	// To is empty if the limit is for the figure itself.
	To      string  `json:"to,omitempty"`
	Value   float64 `json:"value"`
	Limit   float64 `json:"limit"`
	Verdict string  `json:"verdict"`
}

func (s *samples) judge(g goal) verdict {
	v := verdict{Figure: g.figure.Name, Of: g.of.name, Limit: g.limit, Value: s.of(g.figure, g.of), Verdict: missed}
	if g.to != nil {
		v.To = g.to.name
		v.Value = s.ratio(g.figure, g.of, *g.to)
	}
	switch {
	case math.IsNaN(v.Value):
		v.Value, v.Verdict = 0, unmeasured
	case v.Value <= g.limit:
		v.Verdict = reached
	}
	return v
}

func (b *bench) results(now time.Time) results {
	r := results{
		Date:    now.UTC().Format(time.DateOnly),
		Machine: thisMachine(b.engine.Name()),
		Conditions: []string{
			"DynamoDB: " + b.engine.Name() + ", in memory, behind TLS with a chain of three RSA-2048 certificates",
			"TLS: " + b.roots,
			fmt.Sprintf("small Lambdas: after its start a function has memory/%d MB of one processor, anew every %v", coldstart.WholeProcessor, period),
			fmt.Sprintf("events: %d bytes (proxy) and %d bytes (authorizer), a new pair of ids each",
				len(b.events.event(register)), len(b.events.event(authorizer))),
			fmt.Sprintf("record: batches of %d changes, of the same memberships again and again; events go to a file, behind the same TLS", batchSize),
			fmt.Sprintf("medians of %d starts, of %d starts per imitated size, of %d processes and %d calls to each, in turn, in a random order",
				b.coldRounds, b.limitedRounds, b.warmRounds, b.calls),
		},
		Unmeasured: append([]string{
			"the time that Lambda takes before the process starts (its sandbox, and fetching the code)",
			"the network between Lambda and DynamoDB, which adds the same to all",
			"arm64, which the functions are deployed on, unless this machine is one",
			"the authorizer's load of its two secrets: its keys come from AUTH_KEYS here",
		}, b.unmeasured...),
		Others:  b.others,
		Figures: b.samples.figures(),
	}
	for _, g := range goals {
		r.Goals = append(r.Goals, b.samples.judge(g))
	}
	return r
}

func (r results) write(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // For everybody to read.
		return fmt.Errorf("writing the results: %w", err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil { //nolint:gosec // For everybody to read.
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}

// missed gives the number of goals that were missed.
func (r results) missed() int {
	n := 0
	for _, v := range r.Goals {
		if v.Verdict == missed {
			n++
		}
	}
	return n
}

// busy says whether other programs had more of the processors than an idle system
// needs.
func (r results) busy() bool { return r.Others > 0.1 }

// print writes all figures, ours beside those they are compared with.
func (r results) print(out io.Writer) {
	var text bytes.Buffer
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	tables := []struct {
		ours   program
		others []program
	}{{register, []program{hello, handwritten}}, {authorizer, []program{hello, open}}}
	for _, p := range append(slices.Clone(operations), record) {
		tables = append(tables, struct {
			ours   program
			others []program
		}{p.ours, []program{p.theirs}})
	}
	for _, table := range tables {
		ours, others := table.ours, table.others
		_, _ = fmt.Fprintf(t, "\t%s\t", ours.name)
		for _, other := range others {
			_, _ = fmt.Fprintf(t, "%s\tratio\tgoal\t", other.name)
		}
		_, _ = fmt.Fprint(t, "\n")
		for _, f := range r.Figures {
			value, ok := f.Values[ours.name]
			if !ok {
				continue
			}
			verdict := r.verdict(f.Name, ours.name, "")
			own := f.show(value)
			if verdict != nil {
				own += fmt.Sprintf(" (≤ %s)", f.show(verdict.Limit))
			}
			_, _ = fmt.Fprintf(t, "%s\t%s\t", f.Name, own)
			for _, other := range others {
				r.compare(t, f, ours, other)
			}
			_, _ = fmt.Fprintf(t, "%s\n", r.sum(f.Name, ours.name))
		}
		_, _ = fmt.Fprint(t, "\n")
	}
	_ = t.Flush()
	// Empty cells at the end of a line leave spaces.
	for line := range strings.Lines(text.String()) {
		_, _ = fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
	_, _ = fmt.Fprintf(out, "other programs had %.0f %% of the processors\n", 100*r.Others)
	for _, c := range r.Conditions {
		_, _ = fmt.Fprintln(out, c)
	}
	for _, u := range r.Unmeasured {
		_, _ = fmt.Fprintln(out, "not measured:", u)
	}
}

func (r results) compare(t io.Writer, f values, ours, other program) {
	value, ok := f.Values[other.name]
	// Sizes can be compared across tables. Other figures can't: their programs did not
	// take turns.
	if !ok || ours.authorizer != other.authorizer && f.figure != binarySize {
		_, _ = fmt.Fprint(t, "\t\t\t")
		return
	}
	ratio, limit := f.Values[ours.name]/value, ""
	if v := r.verdict(f.Name, ours.name, other.name); v != nil {
		limit = fmt.Sprintf("≤ %.2f", v.Limit)
		if v.Verdict != unmeasured {
			ratio = v.Value
		}
	}
	_, _ = fmt.Fprintf(t, "%s\t%.2f\t%s\t", f.show(value), ratio, limit)
}

func (r results) verdict(figure, of, to string) *verdict {
	for i, v := range r.Goals {
		if v.Figure == figure && v.Of == of && v.To == to {
			return &r.Goals[i]
		}
	}
	return nil
}

// sum is the worst verdict on a figure's goals; "" if it has none.
func (r results) sum(figure, of string) string {
	words := map[string]bool{}
	for _, v := range r.Goals {
		if v.Figure == figure && v.Of == of {
			words[v.Verdict] = true
		}
	}
	switch {
	case words[missed]:
		return strings.ToUpper(missed)
	case words[unmeasured]:
		return unmeasured
	case words[reached]:
		return reached
	}
	return ""
}

func (f figure) show(value float64) string {
	switch {
	case f.Unit == "bytes" && value >= 1e6:
		return fmt.Sprintf("%.2f MB", value/1e6)
	case f.Unit == "":
		return fmt.Sprintf("%.4g", value)
	case f.Unit == "bytes":
		return fmt.Sprintf("%.0f bytes", value)
	default:
		return fmt.Sprintf("%.4g %s", value, f.Unit)
	}
}
