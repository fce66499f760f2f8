package detection

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Run does one run of all detectors, slow and fast, as if it were that time. It closes all blocks up to there first.
func (c Config) Run(ctx context.Context, conn driver.Conn, database string, at time.Time) error {
	if err := c.closeBlocks(ctx, conn, database, at); err != nil {
		return err
	}
	for _, tier := range c.Tiers() {
		if err := c.runTier(ctx, conn, database, tier, at); err != nil {
			return err
		}
	}
	return nil
}

// closeBlocks makes a day of blocks after the other, as the views do in as many runs.
func (c Config) closeBlocks(ctx context.Context, conn driver.Conn, database string, at time.Time) error {
	s := scene{Config: c, DB: database, Run: fmt.Sprintf("toDateTime(%d, 'UTC')", at.Unix())}
	next, err := s.write("next")
	if err != nil {
		return err
	}
	for range historyDays {
		var left bool
		if err := conn.QueryRow(ctx, "WITH "+s.Run+" AS run,\n"+next+"\nSELECT next > last"+stored).Scan(&left); err != nil {
			return fmt.Errorf("look for calls without blocks: %w", err)
		}
		if !left {
			return nil
		}
		if err := c.RunStep(ctx, conn, database, Tier{}, "blocks", at); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) runTier(ctx context.Context, conn driver.Conn, database string, tier Tier, at time.Time) error {
	for _, step := range tier.Steps {
		if step == "date" || step == "explain" {
			var changed uint64
			if err := conn.QueryRow(ctx, fmt.Sprintf("SELECT count() FROM %s.findings WHERE updated_at >= toDateTime(%d, 'UTC')", database, at.Unix())).Scan(&changed); err != nil {
				return fmt.Errorf("look for incidents: %w", err)
			}
			if changed == 0 {
				continue
			}
		}
		if err := c.RunStep(ctx, conn, database, tier, step, at); err != nil {
			return err
		}
	}
	return nil
}

// RunStep does one step of a run, whose time is the end of what the step may know of.
func (c Config) RunStep(ctx context.Context, conn driver.Conn, database string, tier Tier, step string, at time.Time) error {
	query, err := c.query(database, tier, step, fmt.Sprintf("toDateTime(%d, 'UTC')", at.Unix()))
	if err != nil {
		return err
	}
	if Target(step) == Latest {
		if err := conn.Exec(ctx, "TRUNCATE TABLE "+database+"."+Latest); err != nil {
			return err
		}
	}
	if err := conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s.%s\n%s", database, Target(step), query)); err != nil {
		return fmt.Errorf("%s at %s: %w", step, at.Format(time.RFC3339), err)
	}
	return nil
}
