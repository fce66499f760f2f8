package fidelity

import (
	"slices"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

type ending uint8

const (
	endedItself ending = iota
	endedCut
	endedRefused
)

// endOf tells how a choice ended. LM Studio's own API gives no reason, and llama.cpp calls every response completed: one that has
// all the tokens that it may have was cut, and one may have been where that was not seen. A completion of llama.cpp has no reason
// where the request chose other members, and then nothing tells.
func (s *subject) endOf(c *genai.Choice) ending {
	if s.Provider == genai.ProviderLlamaCpp && c.FinishReason == "" {
		return endedCut
	}
	silent := s.Provider == genai.ProviderLMStudio ||
		s.APIType == genai.APIResponses && c.FinishReason == "completed" && !c.Other // else it is not llama.cpp's, and may count several turns
	most := s.d.MaxTokens
	if !most.Known {
		most = s.d.EchoedMaxTokens // which llama.cpp does not give
	}
	if silent && (most.N > 0 && s.Usage.Output.N >= most.N || !most.Known && s.unseen) {
		return endedCut
	}
	return endOf(c)
}

// ofCompletions tells whether an answer has the form of OpenAI's completions, of chats or texts.
func (s *subject) ofCompletions() bool {
	return s.APIType == genai.APIChatCompletions || s.Operation == genai.OperationTextCompletion && !s.ownForm()
}

// plainNoFinish leaves streams to stream.no_finish_reason and anthropic.no_message_delta. SDKs may leave the reason out.
func plainNoFinish(s *subject) result {
	tells := s.HTTPStatus != 0 && s.generates() && (s.ofCompletions() || s.Provider == genai.ProviderAnthropic)
	if s.Stream || s.d.EndsUntold || len(s.d.Choices) == 0 || !tells {
		return notApplicable
	}
	return s.promised(true, s.anyChoice(unfinished))
}

// mayBeStopped tells whether a stop string may have ended a choice amid what it was to be. Most APIs have one word for that and for
// the model's own end, and so have vLLM, llama.cpp and Ollama in Anthropic's, where it would be stop_sequence; some servers tell them
// apart beside it. An answer with calls has the word for these, however it ended; one without them that has it went wrong otherwise.
func (s *subject) mayBeStopped(c *genai.Choice) bool {
	switch c.Stop {
	case genai.StopItself:
		return false
	case genai.StopAtToken:
		return s.unseen || s.d.StopsOtherwise
	}
	switch strings.ToLower(c.FinishReason) {
	case "stop_sequence", "word": // Anthropic and TGI; llama.cpp
		return true
	case "tool_calls", "tool_use", "function_call":
		return len(c.ToolCalls) > 0 && s.mayAskForStops()
	case "stop", "end_turn", "completed", "":
		return s.mayAskForStops()
	}
	return false
}

// mayAskForStops tells whether the request has, or may have, something that ends an answer amid a text.
func (s *subject) mayAskForStops() bool {
	return s.unseen || s.d.StopsOtherwise || slices.ContainsFunc(s.d.Stop, cutsText)
}

// cutsText tells whether a stop string can stand in an answer: many clients give the end of the turn, where the model itself stops.
func cutsText(stop string) bool { return stop != "" && !slices.Contains(controlTokens, stop) }

// endOf tells how a choice ended, in the words of all APIs. Gateways and SDKs leave those of Gemini, Bedrock and Cohere as they are,
// in capitals too.
func endOf(c *genai.Choice) ending {
	if c.Refusal != "" {
		return endedRefused
	}
	switch c.FinishReason { // of most choices, before the word is brought into one form
	case "stop", "end_turn", "tool_calls", "tool_use", "completed", "":
		return endedItself
	}
	reason, _, _ := strings.Cut(c.FinishReason, ":") // Gemini says what the filter found behind a colon
	switch strings.ReplaceAll(strings.ToLower(reason), "-", "_") {
	case "length", "limit", "max_tokens", "max_output_tokens", "max_length", "model_length", "model_context_window_exceeded", "error_limit",
		"pause_turn", "incomplete", "in_progress", "queued", "cancelled", "canceled", "compaction", "abort", "repetition",
		"parse_error":
		return endedCut
	case "content_filter", "content_filtered", "function_call_filter", "refusal", "sensitive", "error", "failed", "network_error",
		"insufficient_system_resource", "safety", "image_safety", "recitation", "blocklist", "prohibited_content", "spii",
		"malformed_function_call", "guardrail_intervened", "error_toxic":
		return endedRefused
	}
	return endedItself
}
