package clickhouseembeddedextension_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

func dial(t *testing.T, addr string, change func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	options := &clickhouse.Options{Addr: []string{addr}, Protocol: clickhouse.HTTP}
	if change != nil {
		change(options)
	}
	conn, err := clickhouse.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

type row struct {
	ID      uuid.UUID
	At      time.Time
	Name    string
	Kind    string
	Enum    string
	Count   *uint32
	Cost    *decimal.Decimal
	Ratio   float64
	Flag    bool
	Small   int8
	Labels  map[string]string
	Tags    []string
	Pair    []any
	Address net.IP
}

const createRows = `CREATE TABLE rows (id UUID, at DateTime64(6, 'UTC'), name String, kind LowCardinality(String),
	enum Enum8('ok' = 1, 'bad' = 2), count Nullable(UInt32), cost Nullable(Decimal(18, 9)), ratio Float64, flag Bool, small Int8,
	labels Map(LowCardinality(String), String), tags Array(LowCardinality(String)), pair Tuple(UInt8, String), address IPv6)
	ENGINE = MergeTree ORDER BY small`

func TestClickHouseGoRoundTrip(t *testing.T) {
	addr := clickhouseembeddedtest.Start(t)
	for _, method := range []clickhouse.CompressionMethod{
		clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD,
		clickhouse.CompressionGZIP, clickhouse.CompressionDeflate, clickhouse.CompressionBrotli,
	} {
		t.Run(method.String(), func(t *testing.T) {
			ctx := context.Background()
			conn := dial(t, addr, func(o *clickhouse.Options) { o.Compression = &clickhouse.Compression{Method: method, Level: 3} })
			require.NoError(t, conn.Exec(ctx, createRows))
			defer func() { require.NoError(t, conn.Exec(ctx, "DROP TABLE rows SYNC")) }()

			count, cost := uint32(7), decimal.RequireFromString("0.000012345")
			want := []row{
				{
					ID: uuid.New(), At: time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC), Name: "semi;colon\x00'\n", Kind: "a", Enum: "ok",
					Count: &count, Cost: &cost, Ratio: 0.5, Flag: true, Small: -1, Labels: map[string]string{"k": "v"},
					Tags: []string{"x", "y"}, Pair: []any{uint8(3), "z"}, Address: net.ParseIP("2001:db8::1"),
				},
				{At: time.Unix(0, 0).UTC(), Enum: "bad", Labels: map[string]string{}, Tags: []string{}, Pair: []any{uint8(0), ""}, Address: net.ParseIP("::")},
			}
			batch, err := conn.PrepareBatch(ctx, "INSERT INTO rows")
			require.NoError(t, err)
			for _, r := range want {
				require.NoError(t, batch.Append(r.ID, r.At, r.Name, r.Kind, r.Enum, r.Count, r.Cost, r.Ratio, r.Flag, r.Small, r.Labels, r.Tags, r.Pair, r.Address))
			}
			require.NoError(t, batch.Send())

			rows, err := conn.Query(ctx, "SELECT * FROM rows WHERE small < {max:Int8} ORDER BY small", clickhouse.Named("max", "100"))
			require.NoError(t, err)
			var got []row
			for rows.Next() {
				var r row
				require.NoError(t, rows.Scan(&r.ID, &r.At, &r.Name, &r.Kind, &r.Enum, &r.Count, &r.Cost, &r.Ratio, &r.Flag, &r.Small, &r.Labels, &r.Tags, &r.Pair, &r.Address))
				got = append(got, r)
			}
			require.NoError(t, rows.Err())
			require.NoError(t, rows.Close())
			require.Len(t, got, len(want))
			require.True(t, want[0].Cost.Equal(*got[0].Cost))
			got[0].Cost = want[0].Cost
			require.Equal(t, want, got)
		})
	}
}

func TestClickHouseGoManyRows(t *testing.T) {
	ctx := context.Background()
	conn := dial(t, clickhouseembeddedtest.Start(t), func(o *clickhouse.Options) {
		o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	})
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE many (n UInt64, s String) ENGINE = MergeTree ORDER BY n"))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO many (n, s)")
	require.NoError(t, err)
	const total = 300_000
	for i := range uint64(total) {
		require.NoError(t, batch.Append(i, fmt.Sprintf("row %d", i)))
	}
	require.NoError(t, batch.Send())

	rows, err := conn.Query(ctx, "SELECT n, s FROM many ORDER BY n")
	require.NoError(t, err)
	seen := uint64(0)
	for rows.Next() {
		var n uint64
		var s string
		require.NoError(t, rows.Scan(&n, &s))
		require.Equal(t, seen, n)
		seen++
	}
	require.NoError(t, rows.Err())
	require.Equal(t, uint64(total), seen)
}

func TestClickHouseGoErrorsAreTyped(t *testing.T) {
	ctx := context.Background()
	conn := dial(t, clickhouseembeddedtest.Start(t), nil)
	var exception *clickhouse.Exception

	err := conn.Exec(ctx, "SELECT * FROM nothing")
	require.ErrorAs(t, err, &exception)
	require.Equal(t, int32(60), exception.Code)

	require.NoError(t, conn.Exec(ctx, "CREATE TABLE t (n UInt8, CONSTRAINT small CHECK n < 3) ENGINE = MergeTree ORDER BY n"))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO t")
	require.NoError(t, err)
	require.NoError(t, batch.Append(uint8(9)))
	require.ErrorAs(t, batch.Send(), &exception)
	require.Equal(t, int32(469), exception.Code)

	rows, err := conn.Query(ctx, "SELECT throwIf(number = 300000), number FROM numbers(400000) SETTINGS max_block_size = 1000, max_threads = 1")
	for err == nil && rows.Next() {
	}
	if err == nil {
		err = rows.Err()
	}
	require.ErrorAs(t, err, &exception)
	require.Equal(t, int32(395), exception.Code)
}

func TestDeduplicationTokenReachesTheViews(t *testing.T) {
	ctx := context.Background()
	conn := dial(t, clickhouseembeddedtest.Start(t), nil)
	for _, statement := range []string{
		"CREATE TABLE source (k String, v UInt64) ENGINE = MergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 100",
		"CREATE TABLE target (k String, v UInt64) ENGINE = SummingMergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 100",
		"CREATE MATERIALIZED VIEW mv TO target AS SELECT k, sum(v) AS v FROM source GROUP BY k",
	} {
		require.NoError(t, conn.Exec(ctx, statement))
	}
	for range 3 {
		tokened := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
			"insert_deduplication_token": "one", "deduplicate_blocks_in_dependent_materialized_views": 1, "async_insert": 0,
		}))
		batch, err := conn.PrepareBatch(tokened, "INSERT INTO source")
		require.NoError(t, err)
		require.NoError(t, batch.Append("a", uint64(5)))
		require.NoError(t, batch.Send())
	}
	var source, target uint64
	require.NoError(t, conn.QueryRow(ctx, "SELECT (SELECT sum(v) FROM source), (SELECT sum(v) FROM target)").Scan(&source, &target))
	require.Equal(t, uint64(5), source)
	require.Equal(t, uint64(5), target)
}
