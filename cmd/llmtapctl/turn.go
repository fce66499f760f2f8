package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	// turnTouched is how often one that is at work shows it; turnLapses is how long after that it counts as killed.
	turnTouched = 20 * time.Second
	turnLapses  = 2 * time.Minute
	// turnEnds bounds the end of a turn, which also has its time when the program is stopped.
	turnEnds = 10 * time.Second
)

var errTurn = errors.New("another repair or reprice is at work on this database, or was broken off less than two minutes ago: " +
	"start it again when the other is done, or in two minutes")

// turn is held by the one repair or reprice that may be at work, since two would make the same rollups anew over each other. It is also the
// table of a reprice's new costs, which has a random name and is touched as long as its owner lives. A reprice that was killed leaves its
// table to the mutation that may still read it; a later turn drops it.
type turn struct {
	d     *database
	table string
	// taking is set while the calls may still take their costs from the table, also without this program.
	taking bool

	stop    context.CancelFunc
	running sync.WaitGroup
}

// takeTurn gives an error if another has it. Of two that come at the same moment none may get it.
func (d *database) takeTurn(ctx context.Context) (*turn, error) {
	t := &turn{d: d, table: d.name + ".repriced_" + strings.ReplaceAll(uuid.NewString(), "-", "")}
	create := "CREATE TABLE " + t.table + ` (call_id String, cost_usd Nullable(Decimal(18, 9)), cost_source String, price_version String)
ENGINE = Join(ANY, LEFT, call_id)`
	if err := d.conn.Exec(ctx, create); err != nil {
		return nil, fmt.Errorf("make the table by which repair and reprice take turns: %w", err)
	}
	touching, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	others, err := t.others(ctx, ">=")
	if err == nil {
		err = t.touch(ctx)
	}
	if err == nil && len(others) > 0 {
		err = errTurn
	}
	if err != nil {
		return nil, errors.Join(err, t.end(ctx))
	}
	t.running.Go(func() { t.touchAlways(touching) })
	return t, nil
}

func (t *turn) touch(ctx context.Context) error {
	if err := t.d.conn.Exec(ctx, "ALTER TABLE "+t.table+" MODIFY COMMENT 'of llmtapctl'"); err != nil {
		return fmt.Errorf("touch the table by which repair and reprice take turns: %w", err)
	}
	return nil
}

func (t *turn) touchAlways(ctx context.Context) {
	ticker := time.NewTicker(turnTouched)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = t.touch(ctx) // one that fails is no reason to give up; there are some more before the turn lapses
		}
	}
}

// others are tables of other turns that were touched after (>=) or before (<) such a time that they have lapsed.
func (t *turn) others(ctx context.Context, touched string) (tables []string, err error) {
	query := fmt.Sprintf(`SELECT groupArray(database || '.' || name) FROM system.tables WHERE database = '%s' AND engine = 'Join' AND match(name, '^repriced(_[0-9a-f]{32})?$')
	AND database || '.' || name != '%s' AND metadata_modification_time %s now() - %d`, t.d.name, t.table, touched, int(turnLapses.Seconds()))
	if err := t.d.conn.QueryRow(ctx, query).Scan(&tables); err != nil {
		return nil, fmt.Errorf("look for another repair or reprice: %w", err)
	}
	return tables, nil
}

// dropLapsed drops the tables of killed ones. No mutation reads them when one that was begun after them is done.
func (t *turn) dropLapsed(ctx context.Context) error {
	tables, err := t.others(ctx, "<")
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := t.d.conn.Exec(ctx, "DROP TABLE IF EXISTS "+table); err != nil {
			return fmt.Errorf("drop what a broken off reprice left: %w", err)
		}
	}
	return nil
}

func (t *turn) end(ctx context.Context) error {
	t.stop()
	t.running.Wait()
	if t.taking {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), turnEnds)
	defer cancel()
	if err := t.d.conn.Exec(ctx, "DROP TABLE IF EXISTS "+t.table); err != nil {
		return fmt.Errorf("drop the table by which repair and reprice take turns: %w", err)
	}
	return nil
}
