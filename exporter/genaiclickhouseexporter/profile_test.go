package genaiclickhouseexporter

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// Profiles that hold to the SQL standard have sums and joins give NULL for what is not there, and columns hold it.
func TestProfilesWithNULLs(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	putWire(t, config, func(store http.Handler, w http.ResponseWriter, r *http.Request) {
		settings := r.URL.Query()
		for _, name := range []string{"join_use_nulls", "aggregate_functions_null_for_empty", "data_type_default_nullable"} {
			if !settings.Has(name) {
				settings.Set(name, "1")
			}
		}
		r.URL.RawQuery = settings.Encode()
		store.ServeHTTP(w, r)
	})
	calls := manyCalls(20)
	for i := range calls {
		calls[i].Start = time.Date(2026, 3, 9, 9, 0, i, 0, time.UTC)
		calls[i].Caller.UserID, calls[i].ConversationID, calls[i].ToolCallHash, calls[i].Retry = "ada", "c", 42, 0
	}
	require.NoError(t, newExporter(t, config).push(t.Context(), spansOf(calls...)))
	requireStored(t, conn, config, 20)
	fresh := *config
	fresh.Database = "fresh"
	require.NoError(t, newExporter(t, &fresh).push(t.Context(), spansOf(calls...)))
	requireStored(t, conn, &fresh, 20)
	standard := clickhouseembeddedtest.Connect(t, strings.TrimPrefix(config.Endpoints[0], "http://"))
	runFast(t, config, standard, time.Date(2026, 3, 9, 9, 5, 0, 0, time.UTC))
	require.Equal(t, "loop\tc\t", ask(t, standard, "SELECT toString(kind), key, acknowledged_by FROM %s.findings_latest WHERE kind = 'loop'", config.Database))
}
