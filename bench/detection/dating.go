package main

import (
	"context"
	"fmt"
	"time"
)

// Found and dated are how long after a change an incident of it opens here, and is dated for the last time.
const (
	foundAfter = 6 * time.Hour
	datedAfter = 12 * time.Hour
	// ofEach is how many models change in each way, datedCalls how many calls they have in ten minutes.
	ofEach     = 8
	datedCalls = 100
)

// changeOf is when one of them changes.
func changeOf(i int) time.Time { return begin.AddDate(0, 0, 16).Add(time.Duration(i) * 7 * blockTime) }

// ways are the changes whose dates are measured.
var ways = []struct {
	expected
	Change
}{
	{expected{Name: "time to first chunk +16 %", Kind: "regression", Metric: "time_to_first_chunk"}, Change{FirstChunk: 1.16}},
	{expected{Name: "both latencies +16 %", Kind: "regression", Metric: "time_to_first_chunk"}, Change{FirstChunk: 1.16, PerToken: 1.16}},
	{expected{Name: "errors 0.8 % to 1.4 %", Kind: "rate", Metric: "error_rate"}, Change{Errors: 0.014}},
	{expected{Name: "tool fidelity 98 % to 95.5 %", Kind: "rate", Metric: checksOfTools[0]}, Change{ToolFailures: 0.045}},
}

// dated is 18 days in which many models change alike, at times that differ. Their incidents are written as if they had been found,
// so that there are dates enough to say how good they are.
func dated(p Profile, seed uint64) *scenario {
	s := &scenario{World: &World{Seed: seed, Start: begin, Days: 18, Profile: p, Users: 60}, kind: "dated"}
	s.from, s.to = s.end(), s.end()
	for i := range ofEach * len(ways) {
		way := ways[i%len(ways)]
		way.Key, way.expected.At = fmt.Sprint("model-", i), changeOf(i)
		way.Change.At = way.expected.At
		s.Models = append(s.Models, steady(way.Key, datedCalls).with(way.Change))
		s.expected = append(s.expected, way.expected)
	}
	return s
}

// date gives how the incident of each change is dated.
func (e *engine) date(ctx context.Context, s *scenario, r *result) error {
	for _, c := range s.expected {
		run := c.At.Add(datedAfter).Truncate(time.Hour)
		// hours after it was opened, so that it is dated again
		opened := run.Add(foundAfter - datedAfter)
		if err := e.Conn.Exec(ctx, fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key, metric, model, upstream, since, opened_at, updated_at, baseline_to)
			SELECT generateUUIDv4(), '%s', 'ticket', 'open', '%[3]s', '%s', '%[3]s', 'vllm', toDateTime(%[5]d, 'UTC'), toDateTime(%[5]d, 'UTC'), toDateTime(%d, 'UTC'), toDateTime(%[5]d, 'UTC') - INTERVAL 3 HOUR`,
			s.name(), c.Kind, c.Key, c.Metric, opened.Unix(), run.Unix())); err != nil {
			return err
		}
		w := &watch{engine: e, Config: defaults, database: s.name()}
		if err := w.RunStep(ctx, w.Conn, w.database, w.Tiers()[0], "date", run); err != nil {
			return err
		}
		found, err := e.rows(ctx, `SELECT toString(toUnixTimestamp(since)), toString(toUnixTimestamp(assumeNotNull(since_low))), toString(toUnixTimestamp(assumeNotNull(since_high)))
			FROM %s.findings FINAL WHERE key = '%s'`, s.name(), c.Key)
		if err != nil {
			return err
		}
		off := func(column int) time.Duration { return unix(found[0][column]).Sub(c.At) }
		r.Cases = append(r.Cases, outcome{Name: c.Name, Found: true, Off: off(0), Low: off(1), High: off(2)})
	}
	return nil
}
