// Command detection proves the detectors: it makes traffic with seasons, noise and changes in the real engine, runs the detectors
// over it, and writes how often they were wrong and how often right into docs/detection.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
)

var defaults = detection.DefaultConfig()

func main() {
	folder := flag.String("results", ".cache/detection", "`folder` of results; what is there is not done again")
	only := flag.String("only", "", "do only scenarios whose names `begin` so, and write nothing")
	seeds := flag.Uint64("seeds", 2, "`number` of worlds with changes of each profile")
	out := flag.String("out", "docs/detection.md", "`file` in which the tables are")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *folder, *only, *seeds, *out); err != nil {
		fmt.Fprintln(os.Stderr, "detection:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder, only string, seeds uint64, out string) (err error) {
	var engine *engine
	defer func() {
		if engine != nil {
			err = errors.Join(err, engine.Close(context.WithoutCancel(ctx)))
		}
	}()
	var results []*result
	for _, s := range scenarios(seeds) {
		if !strings.HasPrefix(s.name(), only) {
			continue
		}
		r, err := kept(folder, s.name())
		if err != nil {
			return err
		}
		if r == nil {
			if engine == nil {
				if engine, err = startEngine(ctx); err != nil {
					return err
				}
			}
			if r, err = engine.prove(ctx, s, folder); err != nil {
				return err
			}
		}
		results = append(results, r)
	}
	if only != "" {
		return nil
	}
	return report(out, results)
}

// prove plays a scenario, tells what it took, and keeps its result.
func (e *engine) prove(ctx context.Context, s *scenario, folder string) (*result, error) {
	started := time.Now()
	r, err := e.play(ctx, s)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "\r%s: %d calls, %d runs, %v\n", r.Name, r.Calls, r.Runs, time.Since(started).Round(time.Second))
	return r, r.save(folder)
}

// firstSeed is that of the first worlds; others were those on which thresholds were tried out.
const firstSeed = 11

// datedSeeds is how many worlds of each profile dates are measured in.
const datedSeeds = 4

// scenarios are all of the proof.
func scenarios(seeds uint64) (all []*scenario) {
	for _, p := range profiles {
		all = append(all, quiet(p, firstSeed))
	}
	for seed := range uint64(datedSeeds) {
		for _, p := range profiles {
			all = append(all, dated(p, firstSeed+seed))
		}
	}
	for seed := range seeds {
		for _, p := range profiles {
			all = append(all, changed(p, firstSeed+seed))
		}
	}
	return all
}
