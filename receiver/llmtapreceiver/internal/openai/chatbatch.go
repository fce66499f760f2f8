package openai

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeChatBatch reads an exchange of vLLM's /v1/chat/completions/batch: several conversations, each with a choice of its own.
func DecodeChatBatch(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider, call.APIType = genai.OperationChat, provider, genai.APIChatCompletions
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		if string(key) == "messages" {
			p.Call.Turn = r.Length()
			return
		}
		readChatMember(p, key, r)
	})
	if call.Detail.ChoiceCount *= max(1, call.Turn); call.RequestTruncated {
		call.Detail.ChoiceCount = 1 // there may be more conversations
	}
	return errors.Join(requestErr, readChoices(x, call))
}

// DecodeChatTokens reads an exchange of llama.cpp's /v1/chat/completions/input_tokens.
func DecodeChatTokens(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationCountTokens, provider
	return errors.Join(prompt.Read(x, fields, call, readChatMember), readResponse(x, call))
}
