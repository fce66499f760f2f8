// Package history ends the history of a call, see genai.Chain, with the call's own answer.
package history

import (
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// End gives the history of a call whose request and answer have been decoded; nil for a request without messages, or whose
// earlier answers the server alone knows.
func End(call *genai.Call) *genai.History {
	if call.Detail == nil || call.Detail.Chain.Empty() {
		return nil
	}
	h := end(call)
	if call.Detail.MoreTurns && call.PreviousResponseID == "" && h.Answers == 0 {
		return nil
	}
	return h
}

func end(call *genai.Call) *genai.History {
	chain := &call.Detail.Chain
	if !hasAnswer(call) {
		return chain.End(false)
	}
	reply, choice := chain.Reply(), &call.Detail.Choices[0]
	reply.Text = append(append(reply.Text, choice.Text...), choice.Refusal...)
	for i := range choice.ToolCalls {
		reply.Calls = AppendCall(reply.Calls, choice.ToolCalls[i].Name, []byte(choice.ToolCalls[i].Arguments))
	}
	return chain.End(true)
}

// AppendCall appends a tool call in a form that is the same however its arguments are written: its name and they, each ended by
// a zero. None at all, as streams have it, are those of an empty object.
func AppendCall[Text ~string | ~[]byte](dst []byte, name Text, arguments []byte) []byte {
	dst = append(append(dst, name...), 0)
	if len(arguments) == 0 {
		return append(dst, "{}\x00"...)
	}
	canonical, ok := jsonscan.AppendCanonical(dst, arguments)
	if !ok {
		canonical = append(dst, arguments...)
	}
	return append(canonical, 0)
}

// hasAnswer tells that the call has a whole answer that a later request can hold.
func hasAnswer(call *genai.Call) bool {
	if call.ResponseTruncated || len(call.Detail.Choices) == 0 {
		return false
	}
	choice := &call.Detail.Choices[0]
	return choice.Other || len(strings.TrimSpace(choice.Text))+len(choice.Refusal)+len(choice.ToolCalls) > 0
}
