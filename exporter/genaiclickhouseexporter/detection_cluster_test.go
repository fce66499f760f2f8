package genaiclickhouseexporter

import (
	"fmt"
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
