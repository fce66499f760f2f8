package detection

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// LatestRun is the latest run of a detector. Exception is why it failed; empty when it did not.
type LatestRun struct {
	Detector  string `ch:"view"`
	Exception string `ch:"exception"`
}

// LatestRuns reads the latest run of each detector that a database has.
func LatestRuns(ctx context.Context, conn driver.Conn, database string) (all []LatestRun, err error) {
	err = conn.Select(ctx, &all, `SELECT view, exception FROM system.view_refreshes
		WHERE database = {database:String} AND view LIKE 'detect\_%' ORDER BY view`, clickhouse.Named("database", database))
	return all, err
}
