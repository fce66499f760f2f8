package clickhouseembeddedextension_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// BenchmarkInsert sends batches of rows through clickhouse-go over HTTP into a MergeTree table.
func BenchmarkInsert(b *testing.B) {
	addr := clickhouseembeddedtest.Start(b)
	for _, rows := range []int{1, 1_000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			ctx := context.Background()
			conn, err := clickhouse.Open(&clickhouse.Options{
				Addr: []string{addr}, Protocol: clickhouse.HTTP, Compression: &clickhouse.Compression{Method: clickhouse.CompressionLZ4},
			})
			require.NoError(b, err)
			defer conn.Close()
			require.NoError(b, conn.Exec(ctx, "CREATE OR REPLACE TABLE t (at DateTime64(6), n UInt64, model LowCardinality(String), id String) ENGINE = MergeTree ORDER BY at"))
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			for b.Loop() {
				batch, err := conn.PrepareBatch(ctx, "INSERT INTO t")
				require.NoError(b, err)
				for i := range rows {
					require.NoError(b, batch.Append(at, uint64(i), "model", "0123456789abcdef"))
				}
				require.NoError(b, batch.Send())
			}
			b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkQuery asks for one row.
func BenchmarkQuery(b *testing.B) {
	ctx := context.Background()
	conn := clickhouseembeddedtest.Connect(b, clickhouseembeddedtest.Start(b))
	for b.Loop() {
		var one uint8
		require.NoError(b, conn.QueryRow(ctx, "SELECT 1").Scan(&one))
	}
}
