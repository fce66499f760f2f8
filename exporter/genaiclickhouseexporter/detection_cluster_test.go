package genaiclickhouseexporter

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// A cluster refuses a query over all shards with a subquery over all shards, unless it is told to ask that one first.
func TestDetectorsRunOnACluster(t *testing.T) {
	config := configFor("http://" + clickhouseembeddedtest.StartCluster(t))
	config.Database, config.Cluster = testDatabase, "{cluster}"
	conn := connect(t, config)
	bootstrap, steps, err := migrations(config)
	require.NoError(t, err)
	all := bootstrap
	for _, step := range steps {
		all = append(all, step.statements...)
	}
	for _, statement := range all {
		require.NoError(t, conn.Exec(t.Context(), clickhouseembeddedtest.WithoutKeeper(statement)))
	}
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings_local (finding_id, kind, state, opened_at, since, baseline_to, updated_at, user_id, conversation_id)
		SELECT generateUUIDv4(), kind, 'open', at, at - 3600, at - 3600, at, 'ada', 'c' FROM (SELECT toDateTime(%d, 'UTC') AS at, arrayJoin(['regression', 'rate', 'cost_spike', 'loop']) AS kind)`,
		config.Database, at.Unix())))
	for _, tier := range config.Detection.Tiers() {
		for _, step := range tier.Steps {
			statement, err := config.Detection.Statement(config.Database, tier, step, at)
			require.NoError(t, err)
			require.NoError(t, conn.Exec(t.Context(), statement), "%s of the %s tier", step, tier.Name)
		}
	}
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
