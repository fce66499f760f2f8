package genaiclickhouseexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDetectorsRunOnTheEngine(t *testing.T) {
	config, conn := newDatabase(t)
	config.Detection.Enabled = true
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	for _, tier := range config.Detection.Tiers() {
		for _, step := range tier.Steps {
			statement, err := config.Detection.Statement(config.Database, tier, step, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
			require.NoError(t, err)
			require.NoError(t, conn.Exec(t.Context(), statement), step)
		}
	}
	for _, tier := range config.Detection.Tiers() {
		for _, step := range tier.Steps {
			name := "detect_" + tier.Name + "_" + step
			require.NoError(t, conn.Exec(t.Context(), "SYSTEM REFRESH VIEW "+config.Database+"."+name))
			require.NoError(t, conn.Exec(t.Context(), "SYSTEM WAIT VIEW "+config.Database+"."+name))
		}
	}
	require.Empty(t, ask(t, conn, "SELECT view, exception FROM system.view_refreshes WHERE database = '%s' AND exception != ''", config.Database))

	marks := "SELECT name, comment FROM system.tables WHERE database = '%s' AND name LIKE 'detect\\_%%' ORDER BY name"
	before := ask(t, conn, marks, config.Database)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	require.Equal(t, before, ask(t, conn, marks, config.Database))
	config.Detection.Spike.Z = 7
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	require.NotEqual(t, before, ask(t, conn, marks, config.Database), "a threshold makes its view anew")
	config.Detection.Enabled = false
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	require.Empty(t, ask(t, conn, marks, config.Database))
}
