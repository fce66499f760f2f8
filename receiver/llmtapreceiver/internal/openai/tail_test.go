package openai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// The last event of a long stream, of which only beginning and end are copied, is none where the stream breaks off in it.
func TestLongStreamsThatBreakOffInTheLastEvent(t *testing.T) {
	f := func(decode func(*exchange.Exchange, *genai.Call) error, last string) {
		t.Helper()
		body := "data: {\"delta\":\"" + strings.Repeat("abc ", 50) + "\"}\n\ndata: " + last
		for left := range len(last) {
			x := &exchange.Exchange{Status: 200, End: exchange.UpstreamBroken, Response: exchange.Message{
				Body: []byte(body[:60]), Tail: []byte(body[100 : len(body)-left]), Size: int64(len(body) - left), Truncated: true,
			}}
			call := &genai.Call{}
			require.NoError(t, decode(x, call))
			require.Equal(t, left == 0, call.Outcome == genai.OutcomeOK, last[:len(last)-left])
		}
	}
	f(func(x *exchange.Exchange, call *genai.Call) error { return DecodeImages(x, nil, call) },
		`{"type":"image_generation.completed","b64_json":"AAAA","usage":{"input_tokens":1,"output_tokens":2}}`)
	f(func(x *exchange.Exchange, call *genai.Call) error { return DecodeResponses(x, nil, call) },
		`{"type":"response.completed","response":{"id":"r","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":2}}}`)
}
