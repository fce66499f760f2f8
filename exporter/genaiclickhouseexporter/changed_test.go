package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A Collector that was started anew knows of Ollama's version again when a client has asked for it. No server changed.
func TestAVersionThatIsNotKnownIsNoChange(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	opened := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	f := func(before, after, want string) {
		t.Helper()
		for _, table := range []string{"calls", "findings"} {
			require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+"."+table))
		}
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, model, outcome, server_version)
			SELECT toDateTime(%d - 1200 + 300 * number, 'UTC'), generateUUIDv4(), 'm', 'ok', if(number < 2, '%s', '%s') FROM numbers(4)`, config.Database, opened.Unix(), before, after)))
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, state, key, model, since, opened_at, updated_at)
			SELECT generateUUIDv4(), 'rate', 'open', 'm', 'm', at - 600, at, at FROM (SELECT toDateTime(%d, 'UTC') AS at)`, config.Database, opened.Unix())))
		runSlow(t, config, conn, opened, "explain")
		require.Equal(t, want, ask(t, conn, "SELECT changed['server_version'] FROM %s.findings FINAL", config.Database), before+", "+after)
	}
	f("ollama 0.25.0", "ollama", "")
	f("ollama", "ollama 0.25.0", "")
	f("ollama 0.25.0", "ollama 0.26.0", "ollama 0.25.0 -> ollama 0.26.0")
	f("ollama", "vllm 0.28.0", "ollama -> vllm 0.28.0")
	f("vllm 0.28", "vllm 0.28.1", "vllm 0.28 -> vllm 0.28.1")
}
