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

// audit compares the calls with their ids, with the rollups and with their projections, group by group, and fails where they differ.
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
		var wrong uint64
		if err := d.conn.QueryRow(ctx, r.differences(d, within)).Scan(&wrong); err != nil {
			return fmt.Errorf("compare %s: %w", name, err)
		}
		calls, cost, err := d.rollupTotals(ctx, r, within)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", name, calls, cost, finding(wrong, "groups that do not follow from calls"))
		agrees = agrees && wrong == 0
	}
	projections, err := d.projections(ctx)
	if err != nil {
		return err
	}
	for _, p := range projections {
		differs, found, err := d.compareProjection(ctx, p, within)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t\t\t%s\n", p.name, found)
		agrees = agrees && !differs
	}
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

func (d *database) rollupTotals(ctx context.Context, r *rollup, within span) (calls uint64, cost string, err error) {
	cost = "''"
	if strings.Contains(r.columns(), "cost_usd") {
		cost = "toString(ifNull(sum(cost_usd), 0))"
	}
	query := fmt.Sprintf("SELECT sum(calls), %s FROM %s WHERE %s", cost, d.table(r.name), within.where("t"))
	err = d.conn.QueryRow(ctx, query).Scan(&calls, &cost)
	return calls, cost, err
}
