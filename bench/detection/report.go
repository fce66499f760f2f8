package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/llmtap/llmtap/bench/document"
)

// report writes the tables into a page. It fails where false incidents are too many.
func report(page string, results []*result) error {
	tables := falseAlarms(results) + "\n" + power(results) + "\n" + dates(results)
	if err := document.PutText(page, "proof", tables); err != nil {
		return err
	}
	fmt.Print(tables)
	return judge(results)
}

func falseAlarms(results []*result) string {
	var b strings.Builder
	b.WriteString("| nothing changed | calls | series | series-months | runs | false incidents | per series-month |\n|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		if r.Kind == "quiet" {
			fmt.Fprintf(&b, "| %s | %d | %d | %.0f | %d | %d | %.4f |\n", r.Profile, r.Calls, r.Series, r.SeriesMonths, r.Runs, len(r.Others), float64(len(r.Others))/r.SeriesMonths)
		}
	}
	return b.String()
}

func power(results []*result) string {
	var b strings.Builder
	b.WriteString("| change | profile | found | median delay | dated within 10 min | median error of the date | right example calls |\n|---|---|---|---|---|---|---|\n")
	others := map[string]int{}
	var profiles []string
	for _, r := range results {
		if r.Kind == "changed" {
			others[r.Profile] += len(r.Others)
			if !slices.Contains(profiles, r.Profile) {
				profiles = append(profiles, r.Profile)
			}
		}
	}
	for _, name := range cases(results, "changed") {
		for _, profile := range profiles {
			b.WriteString(line(name, profile, results))
		}
	}
	for _, profile := range profiles {
		fmt.Fprintf(&b, "\nIncidents beside these, profile %s: %d.\n", profile, others[profile])
	}
	return b.String()
}

// dates says how good the dates of changes are and could be, and how wide and often right their intervals.
func dates(results []*result) string {
	var b strings.Builder
	b.WriteString("| change | profile | dates | within 10 min | median error | median width of the interval | the change in it | an oracle within 10 min | its median error |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, name := range cases(results, "dated") {
		for _, p := range profiles {
			offs, widths, inside := datesOf(results, name, p.Name)
			slices.Sort(widths)
			within, median := precision(offs)
			could, best := precision(bestDates(name, p.Name))
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %.0f min | %.0f min | %d | %.0f %% | %.0f min |\n", name, p.Name, len(offs), within, median.Minutes(), widths[len(widths)/2].Minutes(), inside,
				100*float64(could)/oracleDates, best.Minutes())
		}
	}
	return b.String()
}

// datesOf gives by how much the dates of a kind of change are late, how wide their intervals are, and how many hold the change.
func datesOf(results []*result, name, profile string) (offs, widths []time.Duration, inside int) {
	for _, r := range results {
		for _, c := range r.Cases {
			if r.Kind != "dated" || r.Profile != profile || c.Name != name {
				continue
			}
			offs, widths = append(offs, c.Off), append(widths, c.High-c.Low)
			if c.Low <= 0 && c.High >= 0 {
				inside++
			}
		}
	}
	return offs, widths, inside
}

// precision is how many dates are right within a block, and their median error.
func precision(offs []time.Duration) (within int, median time.Duration) {
	errs := make([]time.Duration, len(offs))
	for i, off := range offs {
		if errs[i] = off.Abs(); errs[i] <= blockTime {
			within++
		}
	}
	slices.Sort(errs)
	return within, errs[len(errs)/2]
}

// bestDates are those of an oracle.
func bestDates(name, profile string) []time.Duration {
	o := oracle{chance: rand.New(rand.NewPCG(firstSeed, 7))}
	for _, way := range ways {
		if way.Name == name {
			o.Change = way.Change
		}
	}
	for _, p := range profiles {
		if p.Name == profile {
			o.Profile = p
		}
	}
	return o.off()
}

// cases are the names of the changes of a kind of scenario in order.
func cases(results []*result, kind string) (names []string) {
	for _, r := range results {
		for _, c := range r.Cases {
			if r.Kind == kind && !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

func line(name, profile string, results []*result) string {
	all, within, examples := 0, 0, 0
	var delays, errs []time.Duration
	for _, r := range results {
		for _, c := range r.Cases {
			if c.Name != name || r.Profile != profile || r.Kind != "changed" {
				continue
			}
			all++
			if !c.Found {
				continue
			}
			delays, errs, examples = append(delays, c.Delay), append(errs, c.Off.Abs()), examples+c.Examples
			if c.Off.Abs() <= blockTime {
				within++
			}
		}
	}
	if len(delays) == 0 {
		return fmt.Sprintf("| %s | %s | 0 of %d | | | | |\n", name, profile, all)
	}
	slices.Sort(delays)
	slices.Sort(errs)
	return fmt.Sprintf("| %s | %s | %d of %d | %.1f h | %d of %d | %.0f min | %d of %d |\n", name, profile, len(delays), all,
		delays[len(delays)/2].Hours(), within, len(delays), errs[len(errs)/2].Minutes(), examples, 5*len(delays))
}

// judge says what of the results is not good enough.
func judge(results []*result) error {
	var errs []error
	for _, r := range results {
		if r.Kind == "quiet" && float64(len(r.Others)) >= r.SeriesMonths {
			errs = append(errs, fmt.Errorf("%s: one false incident or more per series-month", r.Name))
		}
	}
	return errors.Join(errs...)
}
