package genaiprocessor

import (
	"path/filepath"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// spanOf gives the call of a scenario's only span as it leaves the processor, said in our names alone.
func spanOf(t *testing.T, scenario string) genai.Call {
	t.Helper()
	traces, err := golden.ReadTraces(filepath.Join("testdata", "scenarios", scenario, "in.yaml"))
	require.NoError(t, err)
	out := process(t, createDefaultConfig().(*Config), traces)
	span := out.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	var call, plain genai.Call
	require.True(t, genai.ReadSpan(span, &call))
	span.Attributes().Clear()
	genai.PutSpan(&call, span)
	require.True(t, genai.ReadSpan(span, &plain))
	plain.Fidelity = genai.Fidelity{} // only dialects that have the messages are judged
	return plain
}

func TestOneCallInEveryDialect(t *testing.T) {
	want := spanOf(t, "dialect-current")
	require.Equal(t, genai.Usage{
		Input: genai.Known(1200), Output: genai.Known(80), CacheRead: genai.Known(1000), CacheWrite: genai.Known(100),
		Reasoning: genai.Known(32),
	}, want.Usage)
	require.Equal(t, []string{"get_weather"}, want.ToolNames)
	require.Equal(t, []string{"tool_calls"}, want.FinishReasons)
	require.Equal(t, "s-1", want.ConversationID)
	require.Equal(t, "ada", want.Caller.UserID)
	require.Equal(t, 2, want.Turn)
	require.True(t, want.Cost.Known)
	for _, dialect := range []string{"dialect-v1_41", "dialect-v1_36", "dialect-openllmetry", "dialect-openinference"} {
		require.Equal(t, want, spanOf(t, dialect), dialect)
	}
	aiSDK := spanOf(t, "dialect-ai-sdk")
	require.Equal(t, "openai", aiSDK.Provider)
	require.Equal(t, genai.OperationChat, aiSDK.Operation)
	require.True(t, aiSDK.Stream)
}
