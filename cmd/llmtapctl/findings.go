package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
)

// detect does every run of the detectors in a time range, with the default thresholds, and lists what was found. Use it on calls
// that came late, or to see what would have been found.
func detect(ctx context.Context, d *database, within span, out io.Writer) error {
	const every, tellEvery = 10 * time.Minute, 2 * time.Second
	oldest, err := d.oldest(ctx, "detections"+d.suffix)
	if err != nil {
		return err
	}
	if within.from.Before(oldest) {
		return fmt.Errorf("what detectors see is kept from %s on, and before it they would find nothing: choose a later -from", oldest.Format(time.RFC3339))
	}
	told := time.Now()
	for at := within.from.Add(every); !at.After(within.to.Time); at = at.Add(every) {
		if err := detection.DefaultConfig().Run(ctx, d.conn, d.name, at); err != nil {
			return err
		}
		if time.Since(told) > tellEvery {
			told = time.Now()
			fmt.Fprintf(out, "detected until %s\n", at.Format(time.RFC3339))
		}
	}
	return findings(ctx, d, within, out)
}

// listedMax bounds the findings that are listed.
const listedMax = 200

// findings lists the incidents that opened in a time range, and those still open.
func findings(ctx context.Context, d *database, within span, out io.Writer) error {
	rows, err := d.conn.Query(ctx, fmt.Sprintf(`SELECT substring(toString(finding_id), 1, 8), toString(state), toString(severity), toString(kind), key,
		concat(toString(since), ifNull(format(' ({} to {})', formatDateTime(nullIf(since_low, since_high), '%%m-%%d %%H:%%i'), formatDateTime(since_high, '%%m-%%d %%H:%%i')), '')) AS dated,
		message,
		arrayStringConcat(arrayMap((k, v) -> concat(k, ': ', v), mapKeys(changed), mapValues(changed)), ', '), ifNull(toString(round(toFloat64(cost_usd), 2)), 'unknown'), acknowledged_by, silenced > 0
		FROM %s.findings_latest WHERE state = 'open' OR %s ORDER BY state, severity DESC, since DESC LIMIT %d`, d.name, within.where("opened_at"), listedMax+1))
	if err != nil {
		return fmt.Errorf("read the findings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tstate\tseverity\tkind\tkey\tsince\tfound\tchanged with it\tusd\tseen by\tsilenced")
	listed := 0
	for rows.Next() {
		if listed++; listed > listedMax {
			break
		}
		var id, state, severity, kind, key, since, message, changed, cost, seenBy string
		var silenced bool
		if err := rows.Scan(&id, &state, &severity, &kind, &key, &since, &message, &changed, &cost, &seenBy, &silenced); err != nil {
			return fmt.Errorf("read a finding: %w", err)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%t\n",
			id, state, severity, kind, printable(key), since, printable(message), printable(changed), cost, printable(seenBy), silenced)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if listed > listedMax {
		fmt.Fprintf(out, "there are more than these %d; %s.findings_latest has all\n", listedMax, d.name)
	}
	failing(ctx, d, out)
	return nil
}

// failing tells of the detectors whose latest run failed, as nothing is listed of what they look for.
func failing(ctx context.Context, d *database, out io.Writer) {
	runs, err := detection.LatestRuns(ctx, d.conn, d.name)
	if err != nil {
		fmt.Fprintln(out, "whether the detectors run is not known:", err)
		return
	}
	if len(runs) == 0 {
		fmt.Fprintf(out, "no detector runs in %s: detection::enabled of gen_ai_clickhouse is false, or its log says why they cannot be made\n", d.name)
	}
	for _, run := range runs {
		if run.Exception != "" {
			fmt.Fprintf(out, "%s fails, and finds nothing until a run of it succeeds: %s\n", run.Detector, printable(run.Exception))
		}
	}
}

// printable keeps names of callers and models, which anybody may choose, from moving a terminal's cursor or ending a line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
