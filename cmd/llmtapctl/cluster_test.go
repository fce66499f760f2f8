package main

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// On a cluster what a person says goes to the shard of its key, wherever it is said. Else each shard keeps a version of its own: a finding that was
// acknowledged at two shards is listed twice, and a silence that is ended at another shard goes on.
func TestNotesAreOnTheShardOfTheirKey(t *testing.T) {
	address := clickhouseembeddedtest.StartCluster(t)
	conn := clickhouseembeddedtest.Connect(t, address)
	schema, err := os.ReadFile("../../exporter/genaiclickhouseexporter/testdata/schema_cluster.sql")
	require.NoError(t, err)
	clickhouseembeddedtest.MakeTables(t, address, string(schema))
	for _, statement := range []string{
		"CREATE OR REPLACE TABLE ai.findings AS ai.findings_local", // once, as both shards are the same
		"INSERT INTO ai.findings (finding_id, kind, state, since) SELECT '11111111-0000-0000-0000-000000000000', 'loop', 'open', now()",
	} {
		require.NoError(t, conn.Exec(t.Context(), statement))
	}
	notes := map[string][]string{
		"silences":         {"silence", "-key", "a"},
		"acknowledgements": {"acknowledge", "-finding", "1111"},
	}
	for table, note := range notes {
		// of which all rows are on another shard
		require.NoError(t, conn.Exec(t.Context(), "CREATE OR REPLACE TABLE ai."+table+" AS ai."+table+"_local"))
		_, err := call(t, append(note, "-author", "ada", "-database", "ai", "-url", "http://"+address)...)
		require.NoError(t, err)
		require.Equal(t, "1", ask(t, conn, "SELECT count() FROM ai."+table), table)
		require.Equal(t, "0", ask(t, conn, "SELECT count() FROM ai."+table+"_local"), table)
	}
}

// Of a Replicated table ClickHouse refuses deletions that ask a table what to delete, unless it is told that replicas will agree.
func TestRepairDeletesFromReplicatedTables(t *testing.T) {
	address := clickhouseembeddedtest.StartCluster(t)
	conn := clickhouseembeddedtest.Connect(t, address)
	t.Cleanup(func() { require.NoError(t, conn.Exec(context.WithoutCancel(t.Context()), "DROP DATABASE ai SYNC")) })
	for _, statement := range []string{
		"CREATE DATABASE ai",
		`CREATE TABLE ai.calls_local (ts DateTime64(6, 'UTC'), inserted_at DateTime, call_id UUID, batch_id UInt64)
			ENGINE = ReplicatedMergeTree('/clickhouse/tables/1/{database}/{table}', 'a') ORDER BY ts`,
	} {
		require.NoError(t, conn.Exec(t.Context(), statement))
	}
	_, err := callOfDay(t, "http://"+address, "repair", "-database", "ai")
	require.ErrorContains(t, err, "take out repeated calls: ")
	require.ErrorContains(t, err, "Cannot assign mutation because shutdown called", "as of any deletion from a table that is read-only")
}
