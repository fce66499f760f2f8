package genailedgerextension

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// A ledger that one side alone names looks as if it worked.
func TestLedgerThatNobodyAsksOrTellsSaysSo(t *testing.T) {
	f := func(action string, told, asked bool, want ...string) {
		t.Helper()
		core, logs := observer.New(zap.WarnLevel)
		set := extensiontest.NewNopSettings(component.MustNewType("gen_ai_ledger"))
		set.Logger = zap.New(core)
		cfg := createDefaultConfig().(*Config)
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Soft: softDefault, Tokens: 1, Action: action}}
		extension, err := create(t.Context(), set, cfg)
		require.NoError(t, err)
		l := extension.(*Ledger)
		require.NoError(t, l.Start(t.Context(), componenttest.NewNopHost()))
		if told {
			l.Use(perToken{})
		}
		if asked {
			l.Attach()
		}
		require.NoError(t, l.Ready())
		require.NoError(t, l.NotReady())
		require.NoError(t, l.Shutdown(t.Context()))
		require.Len(t, logs.All(), len(want))
		for i, text := range want {
			require.Contains(t, logs.All()[i].Message, text)
		}
	}
	f(actionEnforce, true, true)
	f(actionFlag, true, false)
	f(actionEnforce, true, false, "no llm_tap receiver names it")
	f(actionEnforce, false, true, "no gen_ai processor names it")
	f(actionFlag, false, false, "no gen_ai processor names it")
}
