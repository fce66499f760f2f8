package genailedgerextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/spanottl"
)

var processorID = component.MustNewID("gen_ai")

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
			l.Use(processorID, perToken{})
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

// naming finds the same user for every call.
type naming string

func (n naming) Account(call *genai.Call) Fulfils {
	call.Caller.UserID = string(n)
	return func(*spanottl.Condition) bool { return true }
}

// Of processors for the tap's spans and for those of SDKs, only the tap's knows whose the keys of its calls are.
func TestCallsAreAdmittedByTheRulesOfOneProcessor(t *testing.T) {
	ofTap, ofSDKs := component.MustNewIDWithName("gen_ai", "tap"), component.MustNewIDWithName("gen_ai", "sdk")
	f := func(processor *component.ID, refused bool, want string, started ...component.ID) {
		t.Helper()
		core, logs := observer.New(zap.WarnLevel)
		set := extensiontest.NewNopSettings(component.MustNewType("gen_ai_ledger"))
		cfg := createDefaultConfig().(*Config)
		cfg.Processor = processor
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Calls: 1, Action: actionEnforce}}
		extension, err := create(t.Context(), set, cfg)
		require.NoError(t, err)
		l := extension.(*Ledger)
		require.NoError(t, l.Start(t.Context(), componenttest.NewNopHost()))
		l.Attach()
		for _, id := range started {
			if id == ofTap {
				l.Use(id, naming("ada"))
			} else {
				l.Use(id, naming(""))
			}
		}
		l.logger = zap.New(core)
		require.NoError(t, l.Ready())
		warnings := logs.TakeAll()
		if want == "" {
			require.Empty(t, warnings)
		} else {
			require.Len(t, warnings, 1)
			require.Contains(t, warnings[0].Message, want)
		}
		l.Settle(0, &genai.Call{Operation: genai.OperationChat, Caller: genai.Caller{UserID: "ada"}, Start: time.Now()}, nil)
		_, refusal := l.Admit(&genai.Call{Operation: genai.OperationChat})
		require.Equal(t, refused, refusal != nil)
		require.NoError(t, l.Shutdown(t.Context()))
	}
	f(nil, true, "", ofTap)
	f(nil, true, "", ofTap, ofTap) // one in two pipelines
	for _, started := range [][]component.ID{{ofTap, ofSDKs}, {ofSDKs, ofTap}} {
		f(nil, false, "several gen_ai processors name it", started...)
		f(&ofTap, true, "", started...)
		f(&ofSDKs, false, "", started...)
	}
	f(&ofTap, false, "the gen_ai processor of its setting processor does not name it", ofSDKs)
}
