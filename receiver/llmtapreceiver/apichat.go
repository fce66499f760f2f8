package llmtapreceiver

import (
	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/ollama"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/openai"
)

// decodeAPIChat reads an exchange of /api/chat, which is Ollama's, but for llama.cpp, which has had its chat completions there.
func decodeAPIChat(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	if openai.IsChat(x) {
		return openai.DecodeChat(x, fields, call)
	}
	return ollama.DecodeChat(x, fields, call)
}
