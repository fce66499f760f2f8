package detection

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Run does one run of all detectors, slow and fast, as if it were that time.
func (c Config) Run(ctx context.Context, conn driver.Conn, database string, at time.Time) error {
	for _, tier := range c.Tiers() {
		for _, step := range tier.Steps {
			statement, err := c.Statement(database, tier, step, at)
			if err != nil {
				return err
			}
			if err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s at %s: %w", step, at.Format(time.RFC3339), err)
			}
		}
	}
	return nil
}
