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

// projections are those of calls that group its rows by the hour; a database of an older version has none. Others are the users' own.
func (d *database) projections(ctx context.Context) ([]projection, error) {
	rows, err := d.conn.Query(ctx, `SELECT name, query FROM system.projections WHERE database = {db:String} AND table = {table:String}
AND type = 'Aggregate' AND startsWith(query, 'SELECT toStartOfHour(ts), ') ORDER BY name`,
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

// difference counts the hours whose groups, sketches included, are others than those of the rows.
func (d *database) difference(ctx context.Context, p projection, within span) (difference, error) {
	// Which way a query reads is a matter of the whole query, so there are two. It is said beside the text, where a user who only
	// reads may say it.
	rows, err := d.digests(ctx, p, within, clickhouse.Settings{"optimize_use_projections": 0})
	if err != nil {
		return difference{}, err
	}
	groups, err := d.digests(ctx, p, within, clickhouse.Settings{"preferred_optimize_projection_name": p.name})
	if err != nil {
		return difference{}, err
	}
	var differing []time.Time
	for t := within.from.Time; t.Before(within.to.Time); t = t.Add(time.Hour) {
		if rows[t.Unix()] != groups[t.Unix()] {
			differing = append(differing, t)
		}
	}
	if len(differing) == 0 {
		return difference{}, nil
	}
	last := differing[len(differing)-1]
	return difference{uint64(len(differing)), span{hour{differing[0]}, hour{last.Add(time.Hour)}}}, nil
}

// differs counts the hours in which a projection does not follow from the calls.
func (d *database) differs(ctx context.Context, p projection, within span) (hours uint64, err error) {
	return settled(ctx, within, func(within span) (difference, error) { return d.difference(ctx, p, within) })
}

// lacking counts the parts with calls that do not have the projection yet: ClickHouse reads their rows instead.
func (d *database) lacking(ctx context.Context, p projection) (parts uint64, err error) {
	query := fmt.Sprintf(`SELECT uniqExact(_part) FROM %s WHERE _part NOT IN (
SELECT parent_name FROM system.projection_parts WHERE active AND database = {db:String} AND table = {table:String} AND name = {name:String})`, d.table("calls"))
	err = d.conn.QueryRow(ctx, query, clickhouse.Named("db", d.name), clickhouse.Named("table", "calls"+d.suffix), clickhouse.Named("name", p.name)).Scan(&parts)
	return parts, err
}

// compareProjection counts the hours in which a projection differs, and says what the audit says of it.
func (d *database) compareProjection(ctx context.Context, p projection, within span) (hours uint64, found string, err error) {
	if hours, err = d.differs(ctx, p, within); err != nil {
		return 0, "", err
	}
	found = "agrees"
	if hours > 0 {
		found = "does not follow from calls"
	}
	lacking, err := d.lacking(ctx, p)
	if lacking > 0 {
		found += fmt.Sprintf(", %d parts of calls are without it", lacking)
	}
	return hours, found, err
}

// mendProjection makes a projection anew in the months of a range where it differs, and puts it into parts that are without it.
func (d *database) mendProjection(ctx context.Context, p projection, within span) error {
	hours, err := d.differs(ctx, p, within)
	if err != nil {
		return err
	}
	lacking, err := d.lacking(ctx, p)
	if err != nil || hours == 0 && lacking == 0 {
		return err
	}
	alter := "ALTER TABLE " + d.table("calls")
	if hours > 0 {
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
