package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// rollupNames are the tables that follow from the calls, each by a view named …_mv.
var rollupNames = []string{"cost_1h", "perf_1m", "conversation_1h"}

// rollup is a table that follows from the calls, as the database itself describes it.
type rollup struct {
	name string
	// source is the view's SELECT over the calls.
	source   string
	keys     []string
	measures []measure
}

type measure struct{ name, typeName string }

func (d *database) rollup(ctx context.Context, name string) (*rollup, error) {
	r := &rollup{name: name}
	query := "SELECT as_select FROM system.tables WHERE database = {db:String} AND name = {view:String}"
	if err := d.conn.QueryRow(ctx, query, clickhouse.Named("db", d.name), clickhouse.Named("view", name+"_mv")).Scan(&r.source); err != nil {
		return nil, fmt.Errorf("the view %s.%s_mv: %w", d.name, name, err)
	}
	rows, err := d.conn.Query(ctx, `SELECT name, type, is_in_sorting_key = 1 FROM system.columns WHERE database = {db:String} AND table = {table:String}
AND name IN (SELECT name FROM system.columns WHERE database = {db:String} AND table = {view:String}) ORDER BY position`, // others are the users' own
		clickhouse.Named("db", d.name), clickhouse.Named("table", name+d.suffix), clickhouse.Named("view", name+"_mv"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m measure
		var key bool
		if err := rows.Scan(&m.name, &m.typeName, &key); err != nil {
			return nil, err
		}
		if key {
			r.keys = append(r.keys, m.name)
		} else {
			r.measures = append(r.measures, m)
		}
	}
	return r, rows.Err()
}

func (r *rollup) columns() string {
	names := append([]string{}, r.keys...)
	for _, m := range r.measures {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

// floatTolerance is how far sums of floating point numbers may lie apart, relative to their size: they depend on the order
// in which they were added.
const floatTolerance = 1e-9

// differs is the condition that a measure is not the same on both sides; empty for sketches, which have no exact value.
func (m measure) differs() string {
	here, there := fmt.Sprintf("sumIf(%s, side = 0)", m.name), fmt.Sprintf("sumIf(%s, side = 1)", m.name)
	switch {
	case strings.HasPrefix(m.typeName, "AggregateFunction"):
		return ""
	case strings.HasPrefix(m.typeName, "SimpleAggregateFunction(min"):
		here, there = fmt.Sprintf("minIf(%s, side = 0)", m.name), fmt.Sprintf("minIf(%s, side = 1)", m.name)
	case strings.HasPrefix(m.typeName, "SimpleAggregateFunction(max"):
		here, there = fmt.Sprintf("maxIf(%s, side = 0)", m.name), fmt.Sprintf("maxIf(%s, side = 1)", m.name)
	case strings.Contains(m.typeName, "Map("):
		here, there = fmt.Sprintf("mapSort(sumMapIf(%s, side = 0))", m.name), fmt.Sprintf("mapSort(sumMapIf(%s, side = 1))", m.name)
		return here + " != " + there
	case strings.Contains(m.typeName, "Float"):
		return fmt.Sprintf("abs(%s - %s) > %g * greatest(1, abs(%s))", here, there, floatTolerance, here)
	}
	return here + " != " + there
}

// difference reads how many groups have measures that do not follow from the calls.
func (r *rollup) difference(ctx context.Context, d *database, within span) (difference, error) {
	var n uint64
	var first, last time.Time
	err := d.conn.QueryRow(ctx, r.differences(d, within)).Scan(&n, &first, &last)
	return difference{n, span{hour{first.UTC().Truncate(time.Hour)}, hour{last.UTC().Truncate(time.Hour).Add(time.Hour)}}}, err
}

// differences is the query for the number of these groups, and the first and last time of one.
func (r *rollup) differences(d *database, within span) string {
	var exact, conditions []string
	for _, m := range r.measures {
		if condition := m.differs(); condition != "" {
			exact = append(exact, m.name)
			conditions = append(conditions, condition)
		}
	}
	keys, values := strings.Join(r.keys, ", "), strings.Join(exact, ", ")
	return fmt.Sprintf(`SELECT count(), min(t), max(t) FROM (
SELECT %[1]s FROM (
	SELECT %[1]s, %[2]s, 0 AS side FROM (%[3]s) WHERE %[4]s
	UNION ALL SELECT %[1]s, %[2]s, 1 AS side FROM %[5]s WHERE %[4]s)
GROUP BY %[1]s HAVING %[6]s)`, keys, values, r.source, within.where("t"), d.table(r.name), strings.Join(conditions, " OR "))
}
