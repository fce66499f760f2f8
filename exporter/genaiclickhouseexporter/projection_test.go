package genaiclickhouseexporter

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The projection gives what the rows give, also after a batch came again, rows were deleted, and costs were computed anew.
func TestProjectionFollowsItsRows(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	spans := spansOf(manyCalls(500)...)
	const sums = `SELECT toString(toStartOfHour(ts)) AS hour, toString(model), toString(outcome), toString(count()), toString(sum(cost_usd)),
			toString(sum(input_tokens)), toString(sum(duration_us)), toString(countIf(cost_usd IS NULL)), toString(countIf(max_gap_us > 2000000)),
			toString(quantilesDD(0.01, 0.5, 0.95, 0.99)(duration_us)[3])
		FROM %s.calls WHERE stream GROUP BY hour, model, outcome ORDER BY ALL SETTINGS %s`
	agree := func(rows int, after string) {
		t.Helper()
		const use = "force_optimize_projection = 1, force_optimize_projection_name = 'by_model'"
		want := ask(t, conn, sums, config.Database, "optimize_use_projections = 0")
		require.Equal(t, want, ask(t, conn, sums, config.Database, use), after)
		require.Equal(t, fmt.Sprint(rows), ask(t, conn, "SELECT toString(count()) FROM %s.calls WHERE toStartOfHour(ts) > 0 SETTINGS %s", config.Database, use), after)
	}
	for range 2 {
		require.NoError(t, e.push(t.Context(), spans))
		agree(500, "a batch that came again")
	}
	calls := config.Database + ".calls"
	require.NoError(t, conn.Exec(t.Context(), "DELETE FROM "+calls+" WHERE user_id = 'user1'"))
	agree(333, "a deletion")
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE "+calls+" UPDATE cost_usd = 2 WHERE user_id = 'user2' SETTINGS mutations_sync = 2"))
	agree(333, "new costs")
	require.NoError(t, conn.Exec(t.Context(), "OPTIMIZE TABLE "+calls+" FINAL"))
	agree(333, "a merge")
}

// Rows that an older Collector stored are in the projection too.
func TestProjectionHasRowsThatWereThere(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(100)...)))
	calls := config.Database + ".calls"
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE "+calls+" DROP PROJECTION by_model SETTINGS mutations_sync = 2"))
	_, steps, err := migrations(config)
	require.NoError(t, err)
	for _, statement := range steps[9].statements {
		require.NoError(t, conn.Exec(t.Context(), statement+" SETTINGS mutations_sync = 2"))
	}
	require.Equal(t, "100", ask(t, conn, `SELECT toString(sum(parent_rows)) FROM (SELECT DISTINCT parent_name, parent_rows
		FROM system.projection_parts WHERE active AND database = '%s' AND name = 'by_model')`, config.Database))
}
