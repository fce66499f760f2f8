package anthropic

import (
	"testing"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

func FuzzDecodeMessages(f *testing.F) {
	wiretest.Fuzz(f, DecodeMessages, "text/event-stream", wiretest.Messages,
		`{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"}`,
		"event: error\ndata: {\"code\":500,\"message\":\"m\",\"type\":\"server_error\"}\n\n")
}

func FuzzDecodeCountTokens(f *testing.F) {
	wiretest.Fuzz(f, DecodeCountTokens, "application/json", wiretest.Messages, `{"input_tokens":13}`)
}
