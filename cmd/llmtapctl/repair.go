package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// repairsMax is how often the rollups of a range are made anew while calls of that range still arrive.
const repairsMax = 3

// repair mends what an audit finds, when no other is at work.
func repair(ctx context.Context, d *database, within span, out io.Writer) (err error) {
	t, err := d.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.end(ctx)) }()
	return halfway("repair", t.mend(ctx, within, out))
}

// halfway says what is left of a command that was broken off. Only reprice itself makes the hours of machines, so after it a repair is not
// enough.
func halfway(command string, err error) error {
	if err == nil || errors.Is(err, errDiffers) {
		return err
	}
	return fmt.Errorf("%w: broken off halfway, so the tables of this time may not follow from its calls until llmtapctl %s is run for it", err, command)
}

// mend takes out calls that were stored twice, mends projections, then makes the rollups anew, as far back as their calls are
// kept, and audits them. Broken off halfway it leaves groups missing, and can be run again.
func (t *turn) mend(ctx context.Context, within span, out io.Writer) error {
	d := t.d
	if err := d.dropRepeated(ctx, within); err != nil {
		return err
	}
	if err := t.dropLapsed(ctx); err != nil { // which no mutation reads any more when the one for repeated calls is done
		return err
	}
	projections, err := d.projections(ctx)
	if err != nil {
		return err
	}
	for _, p := range projections {
		if err := d.mendProjection(ctx, p, within); err != nil {
			return err
		}
	}
	for range repairsMax {
		for _, name := range rollupNames {
			kept, err := d.kept(ctx, name, within)
			if err != nil {
				return err
			}
			if kept.isEmpty() {
				fmt.Fprintf(out, "%s stays as it is%s\n", name, kept.since(within))
				continue
			}
			if err := d.rebuild(ctx, name, kept); err != nil {
				return err
			}
			fmt.Fprintf(out, "%s is made anew%s\n", name, kept.since(within))
		}
		if err = audit(ctx, d, within, out); !errors.Is(err, errDiffers) {
			return err
		}
	}
	return fmt.Errorf("calls of this time still arrive; run it again when they do not: %w", err)
}

// dropRepeated keeps of each call the row that came first. Each replica looks for the others itself, which Replicated tables refuse unless
// told that it does no harm: one that lacks some rows yet takes out fewer, and never the first.
func (d *database) dropRepeated(ctx context.Context, within span) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"allow_nondeterministic_mutations": 1}))
	if err := d.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s AND %s", d.table("calls"), within.where("ts"), d.repeated(within))); err != nil {
		return fmt.Errorf("take out repeated calls: %w", err)
	}
	return nil
}

// repeated is the condition that a call of the range has a row that came before this one. Such rows are of another batch, or of the same
// one, sent again when its token was forgotten.
func (d *database) repeated(within span) string {
	return fmt.Sprintf(`(call_id, inserted_at, batch_id) IN (
SELECT call_id, (arrayJoin(arrayPopFront(arraySort(groupUniqArray((inserted_at, batch_id))))) AS later).1, later.2 FROM %s WHERE %s
GROUP BY call_id HAVING count() > 1)`, d.table("calls"), within.where("ts"))
}

func (d *database) rebuild(ctx context.Context, name string, within span) error {
	r, err := d.rollup(ctx, name)
	if err != nil {
		return err
	}
	if err := d.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s", d.table(name), within.where("t"))); err != nil {
		return fmt.Errorf("empty %s: %w", name, err)
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM (%s) WHERE %s", d.table(name), r.columns(), r.columns(), r.source, within.where("t"))
	if err := d.exec(ctx, insert); err != nil {
		return fmt.Errorf("fill %s: %w", name, err)
	}
	return nil
}

// exec waits until a deletion has reached all replicas, and inserts also what was inserted before.
func (d *database) exec(ctx context.Context, query string) error {
	return d.conn.Exec(ctx, query+" SETTINGS lightweight_deletes_sync = 2, insert_deduplicate = 0, throw_on_max_partitions_per_insert_block = 0")
}
