package wiretest

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
)

// Decode is a decoder of an API.
type Decode func(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error

// Fuzz runs a decoder on whatever the fuzzer makes of the answers of an encoder, and of further bodies.
func Fuzz(f *testing.F, decode Decode, mediaType string, encode func(*rand.Rand, Answer) (whole, stream string), bodies ...string) {
	f.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		whole, stream := encode(random, Random(random))
		f.Add([]byte(Request), []byte(whole), mediaType, uint16(200), uint8(0))
		f.Add([]byte(Request), []byte(stream), mediaType, uint16(200), uint8(1))
	}
	for _, body := range append(bodies, `{"error":{"message":"m","type":"t","code":400}}`, `data: {"error":"text"}`, "<html>") {
		f.Add([]byte(Request), []byte(body), mediaType, uint16(500), uint8(0))
	}
	fields := caller.NewFields([]string{"user", "metadata.user_id"})
	f.Fuzz(func(t *testing.T, request, response []byte, mediaType string, status uint16, end uint8) {
		x := &exchange.Exchange{
			Status: int(status), End: exchange.End(end % 9),
			Request:  exchange.Message{Header: exchange.Header("content-type: " + mediaType + "\r\n"), Body: request},
			Response: exchange.Message{Header: exchange.Header("content-type: " + mediaType + "\r\n"), Body: response},
			Marks:    []exchange.Mark{{Offset: int64(len(response)) / 2, At: 1}, {Offset: int64(len(response)), At: 2}},
		}
		call := &genai.Call{Usage: genai.Usage{Source: genai.UsageNone}}
		_ = decode(x, fields, call)
		check(t, x, call)
	})
}

// check demands what is true of any call.
func check(t *testing.T, x *exchange.Exchange, call *genai.Call) {
	t.Helper()
	require.NotEmpty(t, call.Operation)
	require.NotEmpty(t, call.Outcome)
	require.NotEmpty(t, call.Usage.Source)
	require.Equal(t, call.Outcome == genai.OutcomeOK, call.ErrorType == "")
	require.LessOrEqual(t, len(call.Detail.Choices), answer.ChoicesMax)
	require.LessOrEqual(t, len(call.ToolNames), answer.ToolCallsMax)
	for _, count := range []genai.Count{call.Usage.Input, call.Usage.Output, call.Usage.CacheRead, call.Usage.Reasoning} {
		require.GreaterOrEqual(t, count.N, int64(0))
	}
	kept := 0
	for _, choice := range call.Detail.Choices {
		kept += len(choice.Text) + len(choice.Reasoning) + len(choice.Refusal)
	}
	require.LessOrEqual(t, kept, 2*len(x.Response.Body), "a text longer than the body it was read from")

	for _, name := range append([]string{call.RequestModel, call.ResponseModel, call.ResponseID, call.ServiceTier}, call.ToolNames...) {
		require.True(t, utf8.ValidString(name))
	}
	span := ptrace.NewSpan()
	genai.PutSpan(call, span)
	require.True(t, genai.ReadSpan(span, &genai.Call{}))
}

// Request is a request with what the APIs have in common, and some of what each has of its own.
const Request = `{"model":"m","user":"ada","stream":true,"n":1,"max_tokens":5,"messages":[{"role":"system","content":"Be brief."},
{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"data:,"}}]}],
"input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]},{"type":"function_call_output","call_id":"c","output":"3"}],
"system":"Be brief.","instructions":"Be brief.","prompt":["a","b"],"documents":["a",{"text":"b"}],"query":"q","options":{"num_predict":3},
"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"function","name":"g","strict":true},
{"name":"h","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"h","disable_parallel_tool_use":true},
"response_format":{"type":"json_schema","json_schema":{"schema":{},"strict":true}},"text":{"format":{"type":"json_object"}},"format":"json",
"conversation":{"id":"c"},"previous_response_id":"r","metadata":{"user_id":"u"}}`
