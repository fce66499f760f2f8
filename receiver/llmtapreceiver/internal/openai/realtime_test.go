package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

func TestModelOfASession(t *testing.T) {
	f := func(target, want string) {
		t.Helper()
		call := &genai.Call{}
		require.NoError(t, DecodeRealtime(&exchange.Exchange{Status: 101, Target: target}, nil, call))
		require.Equal(t, want, call.RequestModel)
	}
	f("/v1/realtime?model=gpt-realtime", "gpt-realtime")
	f("/openai/realtime?api-version=2025-04-01-preview&deployment=my-realtime", "my-realtime") // Azure
	f("/openai/v1/realtime?deployment=other&model=gpt-realtime", "gpt-realtime")
	f("/v1/realtime?intent=transcription", "")
}
