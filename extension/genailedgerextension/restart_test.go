package genailedgerextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
)

// What was spent just before a restart is known from the store at the start, and stays so however often the store is asked before it is old.
func TestRestartForgetsNothingLately(t *testing.T) {
	address, execute := startStore(t)
	execute("INSERT INTO llmtap.calls VALUES ('2026-11-23 11:59:50', 0, 'ok', 'chat', 'ada', 'core', '', '', 'm', 900, 0, 0.9)")
	f := func(window string, again bool) {
		t.Helper()
		cfg := createDefaultConfig().(*Config)
		cfg.Store.Endpoint, cfg.Store.Interval = "http://"+address, time.Hour
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: window, Tokens: 1000}}
		at := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
		l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), at.get)
		require.NoError(t, err)
		require.NoError(t, l.Start(t.Context(), componenttest.NewNopHost()))
		defer func() { require.NoError(t, l.Shutdown(t.Context())) }()

		if again { // a sender brings once more what it had no answer for; it is stored, and counts once
			call := callOf("ada", 900, 0)
			call.Start = at.get().Add(-10 * time.Second)
			l.Settle(0, call, nil)
		}
		for range 10 {
			at.move(5 * time.Second)
			require.True(t, l.sync(t.Context(), l.settledUntil()))
			require.Equal(t, int64(900), l.budgets[0].accounts["ada"].total().tokens, at.get())
		}
	}
	f("24h", false)
	f("24h", true)
	f("day", false)
	f("day", true)
}
