package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// result is what came of a scenario.
type result struct {
	Name, Kind, Profile string
	Calls, Series, Runs int
	// SeriesMonths are those that were watched, a month being 30 days.
	SeriesMonths float64
	// Cases are the expected incidents, Others all further ones.
	Cases  []outcome
	Others []string
}

// outcome says whether an expected incident opened and what it said.
type outcome struct {
	Name  string
	Found bool
	Delay time.Duration
	// Off is by how much the date is late, Low and High the ends of its interval.
	Off, Low, High time.Duration
	Examples       int
}

// examine compares the incidents of a scenario with what was expected.
func (e *engine) examine(ctx context.Context, s *scenario, r *result) error {
	found, err := e.rows(ctx, `SELECT toString(kind), key, toString(metric), toString(toUnixTimestamp(since)), toString(toUnixTimestamp(assumeNotNull(opened_at))),
		toString(finding_id), message, toString(toUnixTimestamp(ifNull(since_low, since))), toString(toUnixTimestamp(ifNull(since_high, since))) FROM %s.findings FINAL ORDER BY opened_at, finding_id`, s.name())
	if err != nil {
		return err
	}
	of := map[string]int{}
	for i, c := range s.expected {
		of[c.Kind+c.Key+c.Metric] = i + 1
		r.Cases = append(r.Cases, outcome{Name: c.Name})
	}
	for _, f := range found {
		i := of[f[0]+f[1]+f[2]] - 1
		since, opened := unix(f[3]), unix(f[4])
		if i < 0 || r.Cases[i].Found || opened.Before(s.expected[i].At) {
			r.Others = append(r.Others, fmt.Sprintf("%s %s %s: %s", opened.Format("January 2 15:04"), f[0], f[1], f[6]))
			continue
		}
		c := s.expected[i]
		n, err := e.rows(ctx, `SELECT toString(count()) FROM %[1]s.calls WHERE call_id IN (SELECT arrayJoin(example_calls) FROM %[1]s.findings FINAL WHERE finding_id = '%[2]s')
			AND ts >= fromUnixTimestamp64Milli(%[3]d) AND %[4]s`, s.name(), f[5], c.At.UnixMilli(), c.examples)
		if err != nil {
			return err
		}
		right, _ := strconv.Atoi(n[0][0])
		r.Cases[i] = outcome{c.Name, true, opened.Sub(c.At), since.Sub(c.At), unix(f[7]).Sub(c.At), unix(f[8]).Sub(c.At), right}
	}
	return nil
}

func unix(text string) time.Time {
	seconds, _ := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC()
}

// play makes the traffic of a scenario, runs the detectors over it, and gives what came of it.
func (e *engine) play(ctx context.Context, s *scenario) (*result, error) {
	r := &result{Name: s.name(), Kind: s.kind, Profile: s.Profile.Name}
	var err error
	if r.Calls, err = e.store(ctx, s.name(), s.World, s.from); err != nil {
		return nil, err
	}
	if s.kind == "dated" {
		return r, errors.Join(e.date(ctx, s, r), e.drop(ctx, s.name()))
	}
	w := &watch{engine: e, Config: defaults, database: s.name()}
	if err := w.between(ctx, s.from, s.to); err != nil {
		return nil, err
	}
	r.Runs = w.runs
	// a series counts from its first block on, if it is one of calls enough to be tested at all
	series, err := e.rows(ctx, `SELECT toString(count()), toString(sum(months)) FROM (SELECT (toDateTime(%d, 'UTC') - greatest(min(t), toDateTime(%d, 'UTC'))) / 86400 / 30 AS months
		FROM %s.blocks_10m FINAL GROUP BY metric, model, upstream, app)`, s.to.Unix(), s.from.Unix(), s.name())
	if err != nil {
		return nil, err
	}
	r.Series, _ = strconv.Atoi(series[0][0])
	r.SeriesMonths, _ = strconv.ParseFloat(series[0][1], 64)
	return r, errors.Join(e.examine(ctx, s, r), e.drop(ctx, s.name()))
}

// save keeps a result, so that a run that was broken off goes on where it was.
func (r *result) save(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, r.Name+".json"), text, 0o600)
}

// kept gives the result of an earlier run; nil for none.
func kept(folder, name string) (*result, error) {
	text, err := os.ReadFile(filepath.Join(folder, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := new(result)
	return r, json.Unmarshal(text, r)
}
