package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

var errDiffers = errors.New("the tables differ; llmtapctl repair makes the rollups of a time range anew")

// audit compares the calls with their ids, with the rollups and with their projections, group by group, and fails where they differ. It
// also tells how many calls are in none of these tables: they cannot be mended, so they are no reason to fail.
func audit(ctx context.Context, d *database, within span, out io.Writer) error {
	fmt.Fprintf(out, "%s, %s to %s\n", d.name, within.from.Format(time.RFC3339), within.to.Format(time.RFC3339))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "table\tcalls\tcost_usd\tfound")
	calls, cost, repeated, err := d.totals(ctx, within)
	if err != nil {
		return err
	}
	agrees := repeated == 0
	fmt.Fprintf(table, "calls\t%d\t%s\t%s\n", calls, cost, finding(repeated, "calls stored more than once"))
	for _, name := range rollupNames {
		r, err := d.rollup(ctx, name)
		if err != nil {
			return err
		}
		wrong, found, err := d.compareRollup(ctx, r, within)
		if err != nil {
			return err
		}
		calls, cost, err := d.rollupTotals(ctx, r, within)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", name, calls, cost, found)
		agrees = agrees && wrong == 0
	}
	projections, err := d.projections(ctx)
	if err != nil {
		return err
	}
	for _, p := range projections {
		hours, found, err := d.compareProjection(ctx, p, within)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t\t\t%s\n", p.name, found)
		agrees = agrees && hours == 0
	}
	missed, reasons, err := d.unrecorded(ctx, within)
	if err != nil {
		return err
	}
	fmt.Fprintf(table, "unrecorded\t%d\t\t%s\n", missed, reasons)
	if err := table.Flush(); err != nil {
		return err
	}
	if !agrees {
		return errDiffers
	}
	return nil
}

func finding(n uint64, what string) string {
	if n == 0 {
		return "agrees"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func (d *database) totals(ctx context.Context, within span) (calls uint64, cost string, repeated uint64, err error) {
	query := fmt.Sprintf("SELECT count(), toString(ifNull(sum(cost_usd), 0)), toUInt64(count() - uniqExact(call_id)) FROM %s WHERE %s", d.table("calls"), within.where("ts"))
	err = d.conn.QueryRow(ctx, query).Scan(&calls, &cost, &repeated)
	return calls, cost, repeated, err
}

// compareRollup counts the groups of a rollup that do not follow from the calls, and says so for the audit.
func (d *database) compareRollup(ctx context.Context, r *rollup, within span) (wrong uint64, found string, err error) {
	kept, err := d.kept(ctx, r.name, within)
	if err != nil {
		return 0, "", err
	}
	if kept.isEmpty() {
		return 0, "not compared" + kept.since(within), nil
	}
	wrong, err = settled(ctx, kept, func(within span) (difference, error) { return r.difference(ctx, d, within) })
	if err != nil {
		return 0, "", fmt.Errorf("compare %s: %w", r.name, err)
	}
	return wrong, finding(wrong, "groups that do not follow from calls") + kept.since(within), nil
}

// unrecorded counts the calls that were passed on and are in no other table, and says why they are not.
func (d *database) unrecorded(ctx context.Context, within span) (calls uint64, reasons string, err error) {
	query := fmt.Sprintf(`SELECT sum(of_reason), arrayStringConcat(groupArray(concat(reason, ': ', toString(of_reason))), ', ') FROM (
SELECT toString(reason) AS reason, sum(calls) AS of_reason FROM %s FINAL WHERE %s GROUP BY reason ORDER BY of_reason DESC, reason)`, d.table("unrecorded"), within.where("ts"))
	if err := d.conn.QueryRow(ctx, query).Scan(&calls, &reasons); err != nil {
		return 0, "", fmt.Errorf("count the calls that were not recorded: %w", err)
	}
	if calls == 0 {
		return 0, "none is told of", nil
	}
	return calls, "passed on, and missing above: " + printable(reasons), nil
}

func (d *database) rollupTotals(ctx context.Context, r *rollup, within span) (calls uint64, cost string, err error) {
	cost = "''"
	if strings.Contains(r.columns(), "cost_usd") {
		cost = "toString(ifNull(sum(cost_usd), 0))"
	}
	query := fmt.Sprintf("SELECT sum(calls), %s FROM %s WHERE %s", cost, d.table(r.name), within.where("t"))
	err = d.conn.QueryRow(ctx, query).Scan(&calls, &cost)
	return calls, cost, err
}
