package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// projection is a part of the table calls that follows from its rows: by the hour, as the database itself describes it.
type projection struct{ name, columns, keys string }

// projections are those of calls that group its rows; a database of an older version has none. One that only sorts them is a user's own.
func (d *database) projections(ctx context.Context) ([]projection, error) {
	rows, err := d.conn.Query(ctx, "SELECT name, query FROM system.projections WHERE database = {db:String} AND table = {table:String} AND type = 'Aggregate' ORDER BY name",
		clickhouse.Named("db", d.name), clickhouse.Named("table", "calls"+d.suffix))
	if err != nil {
		return nil, fmt.Errorf("the projections of calls: %w", err)
	}
	defer rows.Close()
	var all []projection
	for rows.Next() {
		var name, query string
		if err := rows.Scan(&name, &query); err != nil {
			return nil, err
		}
		columns, keys, _ := strings.Cut(query, " GROUP BY ")
		all = append(all, projection{name, columns, keys})
	}
	return all, rows.Err()
}

// differs tells whether the groups of a range, sketches included, are others than those of the rows.
func (d *database) differs(ctx context.Context, p projection, within span) (bool, error) {
	sums := fmt.Sprintf("SELECT count(), groupBitXor(sipHash64(toString(tuple(*)))) FROM (%s FROM %s WHERE %s GROUP BY %s)",
		p.columns, d.table("calls"), within.where("toStartOfHour(ts)"), p.keys)
	// Which way a query reads is a matter of the whole query, so there are two. It is said beside the text, where a user who only
	// reads may say it.
	ways := []clickhouse.Settings{{"optimize_use_projections": 0}, {"preferred_optimize_projection_name": p.name}}
	var groups, digests [2]uint64
	for side, way := range ways {
		if err := d.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithSettings(way)), sums).Scan(&groups[side], &digests[side]); err != nil {
			return false, fmt.Errorf("compare %s: %w", p.name, err)
		}
	}
	return groups[0] != groups[1] || digests[0] != digests[1], nil
}

// lacking counts the parts with calls that do not have the projection yet: ClickHouse reads their rows instead.
func (d *database) lacking(ctx context.Context, p projection) (parts uint64, err error) {
	query := fmt.Sprintf(`SELECT uniqExact(_part) FROM %s WHERE _part NOT IN (
SELECT parent_name FROM system.projection_parts WHERE active AND database = {db:String} AND table = {table:String} AND name = {name:String})`, d.table("calls"))
	err = d.conn.QueryRow(ctx, query, clickhouse.Named("db", d.name), clickhouse.Named("table", "calls"+d.suffix), clickhouse.Named("name", p.name)).Scan(&parts)
	return parts, err
}

// compareProjection tells whether a projection differs, and what the audit says of it.
func (d *database) compareProjection(ctx context.Context, p projection, within span) (differs bool, found string, err error) {
	if differs, err = d.differs(ctx, p, within); err != nil {
		return false, "", err
	}
	found = "agrees"
	if differs {
		found = "does not follow from calls"
	}
	lacking, err := d.lacking(ctx, p)
	if lacking > 0 {
		found += fmt.Sprintf(", %d parts of calls are without it", lacking)
	}
	return differs, found, err
}

// mendProjection makes a projection anew in the months of a range where it differs, and puts it into parts that are without it.
func (d *database) mendProjection(ctx context.Context, p projection, within span) error {
	differs, err := d.differs(ctx, p, within)
	if err != nil {
		return err
	}
	lacking, err := d.lacking(ctx, p)
	if err != nil || !differs && lacking == 0 {
		return err
	}
	alter := "ALTER TABLE " + d.table("calls")
	if differs {
		begun := time.Date(within.from.Year(), within.from.Month(), 1, 0, 0, 0, 0, time.UTC)
		for month := begun; month.Before(within.to.Time); month = month.AddDate(0, 1, 0) {
			empty := fmt.Sprintf("%s CLEAR PROJECTION %s IN PARTITION %s SETTINGS mutations_sync = 2", alter, p.name, month.Format("200601"))
			if err := d.conn.Exec(ctx, empty); err != nil {
				return fmt.Errorf("clear %s: %w", p.name, err)
			}
		}
	}
	if err := d.conn.Exec(ctx, alter+" MATERIALIZE PROJECTION "+p.name+" SETTINGS mutations_sync = 2"); err != nil {
		return fmt.Errorf("make %s: %w", p.name, err)
	}
	return nil
}
