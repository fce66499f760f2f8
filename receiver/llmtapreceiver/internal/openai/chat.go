// Package openai decodes the APIs that OpenAI defined and other servers speak, each with its makers' variations.
package openai

import (
	"errors"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
)

// provider is the conventions' name for the format, whoever the server is.
const provider = "openai"

// DecodeChat reads an exchange of /v1/chat/completions, whose bodies must be free of content coding, into call. What
// cannot be read is left out of the call and told by the error.
func DecodeChat(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider, call.APIType = genai.OperationChat, provider, "chat_completions"
	call.Detail = &genai.Detail{ChoiceCount: 1}
	if !x.Request.Truncated && len(x.Request.Body) > 0 {
		call.PromptHash = xxhash.Sum64(x.Request.Body)
	}
	requestErr := readChatRequest(x.Request.Body, fields, call)
	if x.Request.Truncated {
		requestErr = nil
	}
	responseErr := readChatAnswer(x, call)
	if x.Response.Truncated || x.End != exchange.Completed {
		responseErr = nil
	}
	return errors.Join(requestErr, responseErr)
}
