package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// ageLimit is that of a table, as its definition has it: a function of ClickHouse, such as toIntervalDay(400). After that at which rows are
// moved or packed, words follow that say so.
var ageLimit = regexp.MustCompile(` TTL .*?(toInterval[A-Z][a-z]+\(\d+\))(?:,| SETTINGS |$)`)

// kept is the part of a range of which neither the calls nor a rollup have dropped anything. What lies before cannot be
// compared, nor made anew: the money of years stays in a rollup when its calls are long gone.
func (d *database) kept(ctx context.Context, rollup string, within span) (span, error) {
	for _, table := range []string{"calls", rollup} {
		oldest, err := d.oldest(ctx, table+d.suffix)
		if err != nil {
			return span{}, fmt.Errorf("the age limit of %s: %w", table, err)
		}
		if within.from.Before(oldest) {
			within.from.Time = oldest
		}
	}
	return d.withCalls(ctx, rollup, within)
}

// withCalls is the part of a range after the hour of its first call, where a rollup has what calls from before have cost that are gone: an
// age limit that was raised brings none back, nor does anything bring back a month that was dropped from a full disk. Of that hour some
// calls may be gone as well, since a part of the table that was dropped for its age ends anywhere.
func (d *database) withCalls(ctx context.Context, rollup string, within span) (span, error) {
	var first time.Time
	var gone uint64
	query := fmt.Sprintf(`WITH (SELECT ifNull(toStartOfHour(minOrNull(ts)), toDateTime64(%d, 0, 'UTC')) FROM %s WHERE %s) AS first
SELECT first, countIf(t < first) FROM %s WHERE %s`, within.to.Unix(), d.table("calls"), within.where("ts"), d.table(rollup), within.where("t"))
	if err := d.conn.QueryRow(ctx, query).Scan(&first, &gone); err != nil {
		return span{}, fmt.Errorf("look for the first call of %s: %w", rollup, err)
	}
	if gone > 0 {
		within.from.Time = first.UTC().Add(time.Hour)
	}
	return within, nil
}

// oldest is the first hour that a table surely keeps whole for the next hour; zero when it keeps all.
func (d *database) oldest(ctx context.Context, table string) (time.Time, error) {
	var engine string
	query := "SELECT engine_full FROM system.tables WHERE database = {db:String} AND name = {table:String}"
	if err := d.conn.QueryRow(ctx, query, clickhouse.Named("db", d.name), clickhouse.Named("table", table)).Scan(&engine); err != nil {
		return time.Time{}, err
	}
	limit := ageLimit.FindStringSubmatch(strings.Join(strings.Fields(engine), " "))
	if limit == nil {
		return time.Time{}, nil
	}
	var oldest time.Time
	if err := d.conn.QueryRow(ctx, "SELECT toStartOfHour(now('UTC') - "+limit[1]+", 'UTC') + toIntervalHour(2)").Scan(&oldest); err != nil {
		return time.Time{}, err
	}
	return oldest.UTC(), nil
}

// hasCalls tells by an error that calls of a range are gone, whose costs are known but cannot be computed any more.
func (d *database) hasCalls(ctx context.Context, within span) error {
	oldest, err := d.oldest(ctx, "calls"+d.suffix)
	if err != nil {
		return err
	}
	has, err := d.withCalls(ctx, "cost_1h", within)
	if err != nil {
		return err
	}
	if has.from.After(oldest) {
		oldest = has.from.Time
	}
	if within.from.Before(oldest) {
		return fmt.Errorf("calls are kept from %s on, and what is before can have no new price: choose a later -from", oldest.Format(time.RFC3339))
	}
	return nil
}

func (s span) isEmpty() bool { return !s.from.Before(s.to.Time) }

// since says from when on something is true, where that is not the whole range.
func (s span) since(whole span) string {
	switch {
	case s.isEmpty():
		return ": all of it is past an age limit, or dropped"
	case s.from.After(whole.from.Time):
		return " from " + s.from.Format(time.RFC3339) + " on, what is before is past an age limit, or dropped"
	}
	return ""
}
