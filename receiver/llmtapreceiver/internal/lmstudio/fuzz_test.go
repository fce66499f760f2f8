package lmstudio

import (
	"testing"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

func FuzzDecodeChat(f *testing.F) {
	f.Add([]byte(`{"system_prompt":"a","input":[{"type":"text","content":"a"},{"type":"image","data_url":"data:,"}],"integrations":["a"],"reasoning":"off"}`),
		[]byte(result), "application/json", uint16(200), uint8(0))
	wiretest.Fuzz(f, DecodeChat, "text/event-stream", wiretest.LMStudio, wiretest.NamedEvents(append(streamed, chatEnd)...),
		"data: {\"type\":\"error\",\"message\":\"m\"}\n\ndata: {\"type\":\"tool_call.arguments\",\"arguments\":\"{}\"}\n\n")
}
