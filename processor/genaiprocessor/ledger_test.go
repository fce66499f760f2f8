package genaiprocessor

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/extension/genailedgerextension"
	"github.com/llmtap/llmtap/internal/genai"
)

// Before a call its caller is found in the same places as afterwards: else no budget of that caller would refuse it.
func TestCallerOfACallToCome(t *testing.T) {
	f := func(want genai.Caller, user, app string) {
		t.Helper()
		cfg := createDefaultConfig().(*Config)
		cfg.Identity.User, cfg.Identity.App, cfg.Identity.Labels = []string{user}, []string{app}, map[string][]string{"pool": {app}}
		settings := componenttest.NewNopTelemetrySettings()
		settings.Resource.Attributes().PutStr("region", "eu")
		a, err := newAccountant(cfg, settings)
		require.NoError(t, err)
		call := genai.Call{Operation: genai.OperationChat, RequestModel: "m", Upstream: "gpu", Caller: genai.Caller{KeyHash: "7f112a66b2920a67"}}
		call.SetHint(genai.AttrCallerHeaderPrefix+"x-user-id", "ada")
		a.Account(&call)
		require.Equal(t, want, genai.Caller{UserID: call.Caller.UserID, App: call.Caller.App, Labels: call.Caller.Labels})
	}
	f(genai.Caller{UserID: "ada"}, "header:x-user-id", "header:x-app")
	f(genai.Caller{UserID: "7f112a66b2920a67", App: "gpu", Labels: map[string]string{"pool": "gpu"}}, "attribute:llmtap.key_hash", "attribute:llmtap.upstream")
	f(genai.Caller{UserID: "m", App: "chat", Labels: map[string]string{"pool": "chat"}}, "attribute:gen_ai.request.model", "attribute:gen_ai.operation.name")
	f(genai.Caller{UserID: "eu"}, "resource:region", "resource:service.name") // the tap is no application
}

// withBudget gives an accountant whose ledger has one budget.
func withBudget(t *testing.T, budget genailedgerextension.BudgetConfig) (*accountant, *genailedgerextension.Ledger) {
	t.Helper()
	factory := genailedgerextension.NewFactory()
	cfg := factory.CreateDefaultConfig().(*genailedgerextension.Config)
	cfg.Budgets = []genailedgerextension.BudgetConfig{budget}
	extension, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	ledger := extension.(*genailedgerextension.Ledger)
	a, err := newAccountant(createDefaultConfig().(*Config), componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	ledger.Use(a.id, a)
	a.ledger = ledger
	return a, ledger
}

// Before a call nobody has counted its sound, nor what it draws. Its model has a price all the same, by which the call is held back.
func TestWorstCaseOfWhatNobodyCounts(t *testing.T) {
	f := func(model string, audios int) {
		t.Helper()
		_, ledger := withBudget(t, genailedgerextension.BudgetConfig{Name: "b", Scope: "all", Window: "day", USD: 0.001, Action: "enforce", Unpriced: "refuse"})
		admit := func() *genai.Refusal {
			_, refusal := ledger.Admit(&genai.Call{
				Operation: genai.OperationChat, RequestModel: model, InputAudios: audios, Usage: genai.Usage{Input: genai.Known(1000)},
			})
			return refusal
		}
		require.Nil(t, admit())
		require.Contains(t, admit().Reason, "is held by calls in flight")
	}
	f("gpt-audio", 1)
	f("gemini-2.5-flash", 1)
	f("gemini-2.5-flash-image", 0)
}

// An SDK's span may come before the tap's and not name the caller: the call uses up the budget that admitted it all the same, once.
func TestBudgetOfACallThatAnSDKReportsFirst(t *testing.T) {
	f := func(want bool, scope, sdkUser string) {
		t.Helper()
		a, ledger := withBudget(t, genailedgerextension.BudgetConfig{Name: "b", Scope: scope, Window: "day", Calls: 2, Action: "enforce"})
		admit := func() (*genai.Call, *genai.Refusal) {
			call := &genai.Call{Operation: genai.OperationChat, RequestModel: "m"}
			call.SetHint(genai.AttrCallerHeaderPrefix+"x-user-id", "ada")
			ticket, refusal := ledger.Admit(call)
			call.Ticket, call.Outcome = ticket, genai.OutcomeOK
			return call, refusal
		}
		report := func(call *genai.Call, id byte) {
			call.TraceID, call.SpanID = pcommon.TraceID{id}, pcommon.SpanID{id}
			call.Start, call.Duration = time.Now().Add(-time.Second), time.Second
			call.ResponseID, call.Usage = "r", genai.Usage{Input: genai.Known(1), Output: genai.Known(1)}
			traces := ptrace.NewTraces()
			genai.PutSpan(call, traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
			_, err := a.processTraces(t.Context(), traces)
			require.NoError(t, err)
		}
		call, refusal := admit()
		require.Nil(t, refusal)
		report(&genai.Call{Operation: genai.OperationChat, RequestModel: "m", Caller: genai.Caller{UserID: sdkUser}}, 1)
		report(call, 2)
		call, refusal = admit()
		require.Nil(t, refusal, "charged twice")
		ledger.Release(call.Ticket)
		_, refusal = admit()
		require.Nil(t, refusal)
		_, refusal = admit()
		require.Equal(t, want, refusal != nil)
	}
	f(true, "user", "")
	f(true, "user", "ada")
	f(false, "user", "bob") // a name of the SDK's own
	f(true, "all", "")
}

// Counts of a span that run over when they are added up would be below zero, and give back what others have used of a budget.
func TestNoSpanGivesBackWhatIsUsed(t *testing.T) {
	f := func(budget genailedgerextension.BudgetConfig, attributes map[string]any) {
		t.Helper()
		a, ledger := withBudget(t, budget)
		report := func(attributes map[string]any) {
			traces := ptrace.NewTraces()
			span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
			require.NoError(t, span.Attributes().FromRaw(attributes))
			_, err := a.processTraces(t.Context(), traces)
			require.NoError(t, err)
		}
		report(map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1_000_000, "gen_ai.usage.output_tokens": 0,
		})
		report(attributes)
		_, refusal := ledger.Admit(&genai.Call{Operation: genai.OperationChat, RequestModel: "gpt-4o"})
		require.NotNil(t, refusal)
	}
	for _, budget := range []genailedgerextension.BudgetConfig{
		{Name: "b", Scope: "all", Window: "day", Tokens: 1_000_000, Action: "enforce"},
		{Name: "b", Scope: "all", Window: "day", USD: 1, Action: "enforce"},
	} {
		for name, parts := range map[string]string{
			"gen_ai.usage.prompt_tokens":        `{"input_cache_read": 1}`,
			"gen_ai.usage.completion_tokens":    `{"output_reasoning": 1}`,
			"llm.usage.cache_read_input_tokens": `{"cached_modality_TEXT": 1}`,
		} {
			f(budget, map[string]any{
				"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.prompt_tokens": 0, "gen_ai.usage.completion_tokens": 0,
				name: int64(math.MaxInt64), "langfuse.observation.usage_details": parts,
			})
		}
	}
}
