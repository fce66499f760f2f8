package dashboardextension

import (
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/dashboards/dashboardstest"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// A cluster refuses a query over all shards with a subquery over all shards, unless it is told to ask that one first.
func TestQueriesRunOnACluster(t *testing.T) {
	engine := clickhouseembeddedtest.StartCluster(t)
	schema, err := os.ReadFile("../../exporter/genaiclickhouseexporter/testdata/schema_cluster.sql")
	require.NoError(t, err)
	clickhouseembeddedtest.MakeTables(t, engine, string(schema))
	set, err := dashboards.Load()
	require.NoError(t, err)
	run := func(sql dashboards.SQL) {
		t.Helper()
		query := url.Values{
			"database": {"ai"}, "param_from": {"1794915000"}, "param_to": {"1795001400"}, "param_interval": {"60"},
		}
		for _, name := range sql.Variables() {
			query.Set("param_"+name, "a")
			if set.Variables[name].IsList() {
				query.Set("param_"+name, "['a']")
			}
		}
		dashboardstest.Exec(t, engine, sql.Bound(), query)
	}
	for _, board := range set.Boards {
		for _, panel := range board.Panels {
			run(panel.SQL)
		}
	}
	for _, variable := range set.Variables {
		if variable.IsList() {
			run(variable.SQL)
		}
	}
	for _, alert := range set.Alerts {
		run(alert.SQL)
	}
}
