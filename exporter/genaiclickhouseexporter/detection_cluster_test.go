package genaiclickhouseexporter

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// newCluster is a database on a cluster of two shards.
func newCluster(t *testing.T) (*Config, driver.Conn) {
	t.Helper()
	address := clickhouseembeddedtest.StartCluster(t)
	config := configFor("http://" + address)
	config.Database, config.Cluster = testDatabase, "{cluster}"
	clickhouseembeddedtest.MakeTables(t, address, strings.Join(allStatements(t, config), ";\n"))
	return config, connect(t, config)
}

// A cluster refuses a query over all shards with a subquery over all shards, unless it is told to ask that one first.
func TestDetectorsRunOnACluster(t *testing.T) {
	config, conn := newCluster(t)
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings_local (finding_id, kind, state, opened_at, since, baseline_to, updated_at, user_id, conversation_id)
		SELECT generateUUIDv4(), kind, 'open', at, at - 3600, at - 3600, at, 'ada', 'c' FROM (SELECT toDateTime(%d, 'UTC') AS at, arrayJoin(['regression', 'rate', 'cost_spike', 'loop']) AS kind)`,
		config.Database, at.Unix())))
	for _, tier := range config.Detection.Tiers() {
		for _, step := range tier.Steps {
			require.NoError(t, config.Detection.RunStep(t.Context(), conn, config.Database, tier, step, at), "%s of the %s tier", step, tier.Name)
		}
	}
}

// A step reads what the one before it found, also what another shard has of it: it may not still be on its way there.
func TestRunsWaitForAllShards(t *testing.T) {
	config, conn := newCluster(t)
	const at = "toDateTime('2026-03-09 12:00:00', 'UTC')"
	for _, statement := range []string{
		"INSERT INTO %[1]s.findings (finding_id, kind, state, since) SELECT generateUUIDv4(), 'loop', 'open', %[2]s",
		"CREATE OR REPLACE TABLE %[1]s.detections AS %[1]s.detections_local ENGINE = Distributed(away, %[1]s, detections_local, cityHash64(key))",
	} {
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(statement, config.Database, at)))
	}
	fast := config.Detection.Tiers()[1]
	err := config.Detection.RunStep(t.Context(), conn, config.Database, fast, "loops", time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC))
	require.ErrorContains(t, err, "refused")

	query, err := config.Detection.ViewQuery(config.Database, fast, "loops")
	require.NoError(t, err)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("CREATE MATERIALIZED VIEW %[1]s.waits REFRESH EVERY 1 YEAR APPEND TO %[1]s.detections AS\n%[2]s", config.Database, query)))
	require.ErrorContains(t, conn.Exec(t.Context(), fmt.Sprintf("SYSTEM WAIT VIEW %s.waits", config.Database)), "refused")
}

// FINAL looks for the versions of a row on each shard alone: a block that is closed again would count once more.
func TestRowsThatAreReplacedStayOnTheirShard(t *testing.T) {
	_, steps, err := migrations(load(t, "full.yaml"))
	require.NoError(t, err)
	engine := regexp.MustCompile(`(?s)CREATE TABLE IF NOT EXISTS \w+\.(\w+_local).*ENGINE = Replicated(\w+)\(`)
	shards := regexp.MustCompile(`ENGINE = Distributed\('\{cluster\}', \w+, (\w+_local), (.+)\)`)
	engines, seen := map[string]string{}, 0
	for _, step := range steps {
		for _, statement := range step.statements {
			if made := engine.FindStringSubmatch(statement); made != nil {
				engines[made[1]] = made[2]
			}
			if spread := shards.FindStringSubmatch(statement); spread != nil && engines[spread[1]] == "ReplacingMergeTree" {
				require.NotEqual(t, "rand()", spread[2], spread[1])
				seen++
			}
		}
	}
	require.NotZero(t, seen)
}
