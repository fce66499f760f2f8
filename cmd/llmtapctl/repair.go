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
	return halfway(t.mend(ctx, within, out))
}

// halfway says what is left of one that was broken off.
func halfway(err error) error {
	if err == nil || errors.Is(err, errDiffers) {
		return err
	}
	return fmt.Errorf("%w: broken off halfway, so the rollups may not follow from the calls of this time until llmtapctl repair is run for it", err)
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

// dropRepeated keeps of each call the row that came first. The others are of another batch, or of the same one, sent again when its token
// was forgotten. Each replica looks for them itself, which Replicated tables refuse unless told that it does no harm: one that lacks some
// rows yet takes out fewer, and never the first.
func (d *database) dropRepeated(ctx context.Context, within span) error {
	calls, where := d.table("calls"), within.where("ts")
	query := fmt.Sprintf(`DELETE FROM %[1]s WHERE %[2]s AND (call_id, inserted_at, batch_id) IN (
SELECT call_id, (arrayJoin(arrayPopFront(arraySort(groupUniqArray((inserted_at, batch_id))))) AS later).1, later.2 FROM %[1]s WHERE %[2]s
GROUP BY call_id HAVING count() > 1)`, calls, where)
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"allow_nondeterministic_mutations": 1}))
	if err := d.exec(ctx, query); err != nil {
		return fmt.Errorf("take out repeated calls: %w", err)
	}
	return nil
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
