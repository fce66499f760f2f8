package main

import (
	"context"
	"fmt"
	"os"
	"strings"
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

// between does the runs from one time to another. What is flagged at one hour and the next, and is an open incident at both or at
// neither, opens and closes nothing between: there it does the run of the hour only, else the five before it too.
func (w *watch) between(ctx context.Context, from, to time.Time) error {
	const every = 10 * time.Minute
	before := ""
	for at := from; !at.After(to); at = at.Add(time.Hour) {
		flagged, err := w.flag(ctx, at)
		if err != nil {
			return err
		}
		open, err := w.open(ctx)
		if err != nil {
			return err
		}
		for between := at.Add(every - time.Hour); between.Before(at) && (flagged != before || flagged != open); between = between.Add(every) {
			if err := w.run(ctx, between); err != nil {
				return err
			}
		}
		if flagged != "" || open != "" {
			if err := w.conclude(ctx, at); err != nil {
				return err
			}
		}
		before = flagged
		fmt.Fprintf(os.Stderr, "\r%s: %s, %d runs   ", w.database, at.Format("January 2 15:04"), w.runs)
	}
	return nil
}

// open gives the keys of the incidents that are open.
func (w *watch) open(ctx context.Context) (string, error) {
	return w.keys(ctx, "findings FINAL WHERE state = 'open'")
}

// keys gives all keys of a table as one text.
func (w *watch) keys(ctx context.Context, of string) (string, error) {
	rows, err := w.rows(ctx, "SELECT DISTINCT concat(kind, ' ', if(conversation_id = '', key, conversation_id), ' ', metric, '\n') AS k FROM %s.%s ORDER BY k", w.database, of)
	var all strings.Builder
	for _, row := range rows {
		all.WriteString(row[0])
	}
	return all.String(), err
}

// run does a whole run.
func (w *watch) run(ctx context.Context, at time.Time) error {
	if _, err := w.flag(ctx, at); err != nil {
		return err
	}
	return w.conclude(ctx, at)
}

// flag does the detectors of a run, and gives the keys that they flagged.
func (w *watch) flag(ctx context.Context, at time.Time) (string, error) {
	w.runs++
	for _, tier := range w.Tiers() {
		for _, step := range tier.Steps {
			if detection.Target(step) == "findings" || step == "blocks" {
				continue
			}
			if err := w.RunStep(ctx, w.Conn, w.database, tier, step, at); err != nil {
				return "", err
			}
		}
	}
	return w.keys(ctx, fmt.Sprintf("detections FINAL WHERE kind != 'ran' AND run = toDateTime(%d, 'UTC')", at.Unix()))
}

// conclude makes incidents of what was flagged. Where none was written there is nothing to date and explain.
func (w *watch) conclude(ctx context.Context, at time.Time) error {
	for _, tier := range w.Tiers() {
		for _, step := range tier.Steps {
			if detection.Target(step) != "findings" {
				continue
			}
			if step != "incidents" {
				written, err := w.rows(ctx, "SELECT toString(count()) FROM %s.findings WHERE updated_at >= toDateTime(%d, 'UTC')", w.database, at.Unix())
				if err != nil {
					return err
				}
				if written[0][0] == "0" {
					continue
				}
			}
			if err := w.RunStep(ctx, w.Conn, w.database, tier, step, at); err != nil {
				return err
			}
		}
	}
	return nil
}
