//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// report writes the page of a run.
func (b *bench) report(w io.Writer, results []result, when time.Time, versions string) error {
	var out strings.Builder
	fmt.Fprintf(&out, "# Performance\n\nWritten by `make bench` on %s. Machine: %s. %s.\n\n", when.UTC().Format(time.DateOnly), machine(), versions)
	fmt.Fprintf(&out, "The proxy has one core for itself; load and upstream share the other. All targets take turns within each round, "+
		"each time in a process of its own. Figures are medians of the rounds; \"+\" is added over the upstream without a proxy. A round in which "+
		"other programs took more than %.0f %% of the machine is measured again. CPU is all that the process took, work after the call "+
		"included. **tap** records everything (decoding, price, span) and throws the spans away at the end of its pipeline. "+
		"Where there is a store, calls wait for it on disk.\n\n", 100*b.others)
	out.WriteString("## Floors and goals\n\n" + goalsTable(judge(results, goals)) + "\n")
	for _, r := range results {
		writeResult(&out, r)
	}
	b.writeRecorded(&out)
	_, err := io.WriteString(w, out.String())
	return err
}

// goalsTable is what became of the goals.
func goalsTable(verdicts []verdict) string {
	var out strings.Builder
	out.WriteString("| load | figure | tap | nginx | got | floor | goal | |\n|---|---|---|---|---|---|---|---|\n")
	for _, v := range verdicts {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", v.scenario, v.row.name, number(v.tap), number(v.nginx),
			v.limit(v.got), v.limit(v.floor), v.limit(v.goal.goal), v)
	}
	return out.String()
}

// summary is for the README.
func summary(results []result, when time.Time) string {
	return fmt.Sprintf("%s\nMeasured on %s, %s.\n", goalsTable(judge(results, goals)), when.UTC().Format(time.DateOnly), machine())
}

func writeResult(out *strings.Builder, r result) {
	note := fmt.Sprintf("%d rounds", len(r.used()))
	if len(r.rounds) == 0 {
		note += ", all disturbed by other programs: do not trust them"
	} else if len(r.disturbed) > 0 {
		note += fmt.Sprintf(", %d more discarded", len(r.disturbed))
	}
	fmt.Fprintf(out, "## %s\n\n%s.\n\n| | %s |\n|---|%s\n", upper(r.name), note, strings.Join(r.targets, " | "), strings.Repeat("---|", len(r.targets)))
	for _, row := range r.rows {
		fmt.Fprintf(out, "| %s |", row.name)
		for _, name := range r.targets {
			value := r.value(row, name)
			if name == nameDirect && value == 0 { // it has no process and adds nothing
				out.WriteString(" |")
				continue
			}
			fmt.Fprintf(out, " %s |", number(value))
		}
		out.WriteString("\n")
	}
	out.WriteString("\n")
}

// number writes a figure with as many digits as mean something.
func number(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "n/a"
	case size >= 1000:
		return thousands(int64(math.Round(v)))
	case size >= 100:
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func thousands(n int64) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
