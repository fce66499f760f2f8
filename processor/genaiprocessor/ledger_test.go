package genaiprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/extension/genailedgerextension"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/reload"
)

// Before a call its caller is found in the same places as afterwards: else no budget of that caller would refuse it.
func TestCallerOfACallToCome(t *testing.T) {
	f := func(want genai.Caller, user, app string) {
		t.Helper()
		cfg := createDefaultConfig().(*Config)
		cfg.Identity.User, cfg.Identity.App, cfg.Identity.Labels = []string{user}, []string{app}, map[string][]string{"pool": {app}}
		settings := componenttest.NewNopTelemetrySettings()
		settings.Resource.Attributes().PutStr("region", "eu")
		a, err := newAccountant(cfg, settings, reload.SystemTicker)
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

// Before a call nobody has counted its sound, nor what it draws. Its model has a price all the same, by which the call is held back.
func TestWorstCaseOfWhatNobodyCounts(t *testing.T) {
	f := func(model string, audios int) {
		t.Helper()
		factory := genailedgerextension.NewFactory()
		cfg := factory.CreateDefaultConfig().(*genailedgerextension.Config)
		cfg.Budgets = []genailedgerextension.BudgetConfig{{Name: "b", Scope: "all", Window: "day", USD: 0.001, Action: "enforce", Unpriced: "refuse"}}
		extension, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
		require.NoError(t, err)
		ledger := extension.(*genailedgerextension.Ledger)
		a, err := newAccountant(createDefaultConfig().(*Config), componenttest.NewNopTelemetrySettings(), reload.SystemTicker)
		require.NoError(t, err)
		ledger.Use(a.id, a)
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
