package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCallOfSemanticKernel(t *testing.T) {
	f := func(wantPort int, wantReasons []string, address string, port any, reason string) {
		t.Helper()
		attributes := map[string]any{
			"gen_ai.operation.name": "chat.completions", "gen_ai.system": "openai", "gen_ai.request.model": "openai/gpt-oss-120b",
			"server.address": address, "gen_ai.response.id": "chatcmpl-1", "gen_ai.response.finish_reason": reason,
			"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
		}
		if port != nil {
			attributes["server.port"] = port
		}
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		require.Equal(t, "api.groq.com", c.ServerAddress)
		require.Equal(t, wantPort, c.ServerPort)
		require.Equal(t, wantReasons, c.FinishReasons)
	}
	f(443, []string{"Stop"}, "https://api.groq.com/openai/v1", 443, `["Stop"]`)
	f(0, []string{"stop", "tool_calls"}, "https://api.groq.com/openai/v1/", nil, "FinishReason.STOP,FinishReason.TOOL_CALLS")
	f(8443, nil, "https://api.groq.com:8443", nil, "None")
	f(0, nil, "api.groq.com", nil, `["N/A"]`)
	f(0, []string{"stop"}, "api.groq.com", nil, "stop")
}

func TestAddressThatIsNoURLStays(t *testing.T) {
	for _, address := range []string{"10.0.0.1", "gateway:8080", "://", "unix:///run/model.sock"} {
		c, ok := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "server.address": address})
		require.True(t, ok)
		require.Equal(t, address, c.ServerAddress)
	}
}
