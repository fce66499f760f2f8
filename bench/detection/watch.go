package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
)

// watch runs the detectors over a time of a world.
type watch struct {
	*engine
	detection.Config
	database string
	// runs counts those done.
	runs int
}

// between does the runs from one time to another: one each hour, and one each ten minutes for the hour before one that flags
// something, and as long as an incident is open.
func (w *watch) between(ctx context.Context, from, to time.Time) error {
	const every = 10 * time.Minute
	closely := false
	for at := from; !at.After(to); at = at.Add(every) {
		if !closely && at.Sub(from)%time.Hour != 0 {
			continue
		}
		flagged, err := w.flag(ctx, at)
		if err != nil {
			return err
		}
		if flagged && !closely {
			for before := at.Add(every - time.Hour); before.Before(at); before = before.Add(every) {
				if err := w.run(ctx, before); err != nil {
					return err
				}
			}
		}
		if flagged || closely {
			if err := w.conclude(ctx, at); err != nil {
				return err
			}
		}
		open, err := w.rows(ctx, "SELECT toString(count()) FROM %s.findings FINAL WHERE state = 'open'", w.database)
		if err != nil {
			return err
		}
		closely = flagged || open[0][0] != "0"
		if at.Sub(from)%(24*time.Hour) == 0 {
			fmt.Fprintf(os.Stderr, "\r%s: %s   ", w.database, at.Format("January 2"))
		}
	}
	return nil
}

// run does a whole run.
func (w *watch) run(ctx context.Context, at time.Time) error {
	if _, err := w.flag(ctx, at); err != nil {
		return err
	}
	return w.conclude(ctx, at)
}

// flag does the detectors of a run, and tells whether one flagged something.
func (w *watch) flag(ctx context.Context, at time.Time) (bool, error) {
	w.runs++
	for _, tier := range w.Tiers() {
		for _, step := range tier.Steps {
			if detection.Target(step) == "findings" || step == "blocks" {
				continue
			}
			if err := w.step(ctx, tier, step, at); err != nil {
				return false, err
			}
		}
	}
	n, err := w.rows(ctx, "SELECT toString(count()) FROM %s.detections WHERE run = toDateTime(%d, 'UTC')", w.database, at.Unix())
	return err == nil && n[0][0] != "0", err
}

// conclude makes incidents of what was flagged.
func (w *watch) conclude(ctx context.Context, at time.Time) error {
	for _, tier := range w.Tiers() {
		for _, step := range tier.Steps {
			if detection.Target(step) == "findings" {
				if err := w.step(ctx, tier, step, at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (w *watch) step(ctx context.Context, tier detection.Tier, step string, at time.Time) error {
	if detection.Target(step) == detection.Latest {
		if err := w.conn.Exec(ctx, "TRUNCATE TABLE "+w.database+"."+detection.Latest); err != nil {
			return err
		}
	}
	statement, err := w.Statement(w.database, tier, step, at)
	if err != nil {
		return err
	}
	if err := w.conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s at %s: %w", step, at.Format(time.RFC3339), err)
	}
	return nil
}
