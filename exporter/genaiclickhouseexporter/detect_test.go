package genaiclickhouseexporter

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection/detectiontest"
)

func TestDetectorsRunOnTheEngine(t *testing.T) {
	config, conn := newDatabase(t)
	config.Detection.Enabled = true
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	for _, tier := range config.Detection.Tiers() {
		for _, step := range tier.Steps {
			require.NoError(t, config.Detection.RunStep(t.Context(), conn, config.Database, tier, step, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
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
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, state, key, since, opened_at)
		SELECT generateUUIDv4(), 'loop', state, state, now(), now() FROM values('state String', 'open', 'closed')`, config.Database)))
	config.Detection.Enabled = false
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	require.Empty(t, ask(t, conn, marks, config.Database))
	require.Equal(t, "closed\t0\nopen\t1", ask(t, conn, "SELECT key, toString(closed_at IS NOT NULL) FROM %s.findings FINAL WHERE state = 'closed' ORDER BY key", config.Database), "nothing would ever close it")
}

// A run that ends after a migration would undo it, so none goes on meanwhile; a migration that fails shows how it is then.
func TestDetectorsStandStillWhileTablesChange(t *testing.T) {
	config, conn := newDatabase(t)
	config.Detection.Enabled = true
	s := schema{config, conn}
	require.NoError(t, s.prepare(t.Context()))
	change := func(statement string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(statement, config.Database)))
	}
	const views = "SELECT toString(count() > 0) FROM system.tables WHERE database = '%s' AND name LIKE 'detect\\_%%'"
	require.Equal(t, "1", ask(t, conn, views, config.Database))
	change("ALTER TABLE %s.schema_migrations DELETE WHERE version > 9 SETTINGS mutations_sync = 1")
	change("RENAME TABLE %[1]s.calls TO %[1]s.calls_away")
	require.ErrorContains(t, s.prepare(t.Context()), "migration 0010")
	require.Equal(t, "0", ask(t, conn, views, config.Database))
	change("RENAME TABLE %[1]s.calls_away TO %[1]s.calls")
	require.NoError(t, s.prepare(t.Context()))
	require.Equal(t, "1", ask(t, conn, views, config.Database))
}

// What was spent is worth more than what may be found in it.
func TestCallsAreStoredWithoutDetectors(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("CREATE OR REPLACE TABLE %s.%s (run DateTime('UTC')) ENGINE = Memory", config.Database, detection.Latest)))
	config.Detection.Enabled = true
	e, logs := startWatched(t, config)
	for range 2 {
		require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	}
	require.Equal(t, "1", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
	require.Equal(t, []string{"the detectors cannot be made; they are tried again later"}, messages(logs))
	require.Contains(t, logs.All()[0].ContextMap()["error"], "the tables are ready")
}

// An answer that may pass, memory that is short say, keeps no call from being stored, and the detectors are made when it has passed.
func TestDetectorsAreTriedAgain(t *testing.T) {
	config, conn := newDatabase(t)
	config.Detection.Enabled = true
	refuses := refusingWire(t, config, "CREATE MATERIALIZED VIEW IF NOT EXISTS "+config.Database+".detect_")
	e, logs := startWatched(t, config)
	e.running.Wait()
	for range 2 {
		require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	}
	require.Equal(t, "1", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
	require.Equal(t, []string{"the detectors cannot be made; they are tried again later"}, messages(logs))
	refuses.Store(false)
	setClock(e, func() time.Time { return time.Now().Add(detectEvery) })
	require.NoError(t, e.push(t.Context(), spansOf(fullCall())))
	require.NotEqual(t, "0", ask(t, conn, "SELECT toString(count()) FROM system.tables WHERE database = '%s' AND name LIKE 'detect\\_%%'", config.Database))
	require.Zero(t, e.store.detectAgain)
}

// refusingWire is a wire that answers statements which begin like this in the store's stead, that memory is short.
func refusingWire(t *testing.T, config *Config, statement string) (refuses *atomic.Bool) {
	t.Helper()
	refuses = new(atomic.Bool)
	refuses.Store(true)
	putWire(t, config, func(store http.Handler, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if refuses.Load() && strings.HasPrefix(string(body), statement) {
			w.Header().Set("X-Clickhouse-Exception-Code", "241")
			http.Error(w, "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)", http.StatusInternalServerError)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		store.ServeHTTP(w, r)
	})
	return refuses
}

// A budget that was raised by a row of a later time is the later one, without an end of the earlier.
func TestRaisedBudgetIsTheLatest(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	require.NoError(t, detectiontest.Spend(t.Context(), conn, config.Database, "ada", at.Add(-time.Hour), 60, 1))
	f := func(day int, limit float64, want string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s.budgets (scope, key, period, limit_usd, valid_from) VALUES ('user', 'ada', 'week', %v, '2026-11-0%d 00:00:00')", config.Database, limit, day)))
		require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+".detections"))
		require.NoError(t, config.Detection.RunStep(t.Context(), conn, config.Database, config.Detection.Tiers()[1], "burn", at))
		require.Equal(t, want, ask(t, conn, "SELECT key FROM %s.detections", config.Database))
	}
	f(1, 168, "ada") // a dollar per hour, of which 60 were spent
	f(2, 16800, "")
}
