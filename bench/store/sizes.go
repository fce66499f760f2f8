package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/llmtap/llmtap/bench/document"
)

// sizes writes how much room the calls and their rollups take on disk, compressed, as they lie there.
func sizes(ctx context.Context, conn driver.Conn, calls int, page string) error {
	rows, err := conn.Query(ctx, `SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts
		WHERE active AND database = 'llmtap' AND table IN ('calls', 'cost_1h', 'perf_1m', 'conversation_1h')
		GROUP BY table ORDER BY indexOf(['calls', 'cost_1h', 'perf_1m', 'conversation_1h'], table)`)
	if err != nil {
		return err
	}
	defer rows.Close()
	table := document.Table{
		Head: []string{"table", "bytes a row", "rows a call", "bytes a call"},
		Note: fmt.Sprintf("%d generated calls of 3,000 users over 30 days. ", calls),
	}
	for rows.Next() {
		var name string
		var count, bytes uint64
		if err := rows.Scan(&name, &count, &bytes); err != nil {
			return err
		}
		of := func(a, b uint64) string { return strconv.FormatFloat(float64(a)/float64(b), 'f', 2, 64) }
		table.Rows = append(table.Rows, []string{"`" + name + "`", of(bytes, count), of(count, uint64(calls)), of(bytes, uint64(calls))})
		fmt.Println(table.Rows[len(table.Rows)-1])
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return document.Put(page, "sizes", table)
}
