package genaiclickhouseexporter

import (
	"context"
	"fmt"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// keeperless runs the statements of a cluster's schema without a Keeper.
type keeperless struct{ driver.Conn }

func (k keeperless) Exec(ctx context.Context, query string, args ...any) error {
	return k.Conn.Exec(ctx, clickhouseembeddedtest.WithoutKeeper(query), args...)
}

// A newer Collector at another shard has changed the tables of all, and recorded it there alone: an older one must not put its own views back.
func TestNewerSchemaOfAnotherShard(t *testing.T) {
	config, conn := newCluster(t)
	s := schema{config, keeperless{conn}}
	config.Detection.Enabled = false
	require.NoError(t, s.prepare(t.Context()))
	config.Detection.Enabled = true
	made := "SELECT toString(count()) FROM system.tables WHERE database = '%s' AND name LIKE 'detect\\_%%'"
	shard := "CREATE OR REPLACE TABLE %s.schema_migrations_all ENGINE = Memory AS SELECT toUInt32(%d) AS version, toUInt32(%d) AS compatible_from"
	f := func(version, compatibleFrom int, want string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(shard, config.Database, version, compatibleFrom)))
		if err := s.prepare(t.Context()); want != "" {
			require.ErrorContains(t, err, want)
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, "0", ask(t, conn, made, config.Database))
	}
	f(99, 1, "")
	f(99, 98, "only Collectors that know version 98 can write to")
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("TRUNCATE TABLE %s.schema_migrations", config.Database))) // no Collector was at this shard yet
	f(99, 1, "")

	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("DROP TABLE %s.schema_migrations_all SYNC", config.Database)))
	require.NoError(t, s.prepare(t.Context()))
	require.NotEqual(t, "0", ask(t, conn, made, config.Database))
}
