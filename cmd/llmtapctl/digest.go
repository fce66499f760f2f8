package main

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// digest stands for the groups of an hour.
type digest struct{ groups, hash uint64 }

// digests are those of the hours of a range that have calls, read in the way that the settings say.
func (d *database) digests(ctx context.Context, p projection, within span, way clickhouse.Settings) (map[int64]digest, error) {
	query := fmt.Sprintf("SELECT toInt64(toUnixTimestamp(`toStartOfHour(ts)`)) AS hour, count(), groupBitXor(sipHash64(toString(tuple(*)))) FROM (%s FROM %s WHERE %s GROUP BY %s) GROUP BY hour",
		p.columns, d.table("calls"), within.where("toStartOfHour(ts)"), p.keys)
	rows, err := d.conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(way)), query)
	if err != nil {
		return nil, fmt.Errorf("compare %s: %w", p.name, err)
	}
	defer rows.Close()
	hours := map[int64]digest{}
	for rows.Next() {
		var t int64
		var of digest
		if err := rows.Scan(&t, &of.groups, &of.hash); err != nil {
			return nil, fmt.Errorf("compare %s: %w", p.name, err)
		}
		hours[t] = of
	}
	return hours, rows.Err()
}
