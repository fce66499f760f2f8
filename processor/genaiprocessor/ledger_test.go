package genaiprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

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
