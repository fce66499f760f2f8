package anthropic

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

func decode(t *testing.T, request, answer string, status int) *genai.Call {
	t.Helper()
	call := &genai.Call{}
	x := &exchange.Exchange{
		Status: status, Request: exchange.Message{Body: []byte(request)}, Response: exchange.Message{Body: []byte(answer)},
	}
	require.NoError(t, DecodeMessages(x, nil, call))
	return call
}

// events frames events as Anthropic does.
func events(data ...string) string { return "data: " + strings.Join(data, "\n\ndata: ") + "\n\n" }

func TestUsage(t *testing.T) {
	f := func(want genai.Usage, answer string) {
		t.Helper()
		want.Source = genai.UsageReported
		require.Equal(t, want, decode(t, "{}", answer, 200).Usage)
	}
	known := genai.Known
	// input_tokens leaves out what the cache gave and took
	f(genai.Usage{Input: known(111), CacheRead: known(100), CacheWrite: known(10), Output: known(5), Reasoning: known(3)},
		`{"content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"cache_read_input_tokens":100,"cache_creation_input_tokens":10,
		"output_tokens":5,"output_tokens_details":{"thinking_tokens":3}}}`)
	f(genai.Usage{Input: known(8), CacheWrite: known(7), CacheWriteLong: known(3), Output: known(5)},
		`{"content":[],"usage":{"input_tokens":1,"output_tokens":5,"cache_read_input_tokens":null,
		"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":3}}}`)
	f(genai.Usage{Input: known(0), Output: known(0)}, `{"content":[],"usage":{"input_tokens":0,"output_tokens":0}}`)
	// the last value counts, also of the input, and null changes nothing
	f(genai.Usage{Input: known(32), CacheRead: known(5), Output: known(9)}, events(
		`{"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":5,"output_tokens":1}}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":27,"cache_read_input_tokens":null,"output_tokens":9}}`,
		`{"type":"message_stop"}`))
	// an input of nothing at all changes nothing either
	f(genai.Usage{Input: known(8), CacheRead: known(5), Output: known(9)}, events(
		`{"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":5,"output_tokens":1}}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":9}}`,
		`{"type":"message_stop"}`))
	f(genai.Usage{Input: known(14), CacheRead: known(14), Output: known(9)}, events(
		`{"type":"message_start","message":{"usage":{"input_tokens":3,"output_tokens":1}}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"cache_read_input_tokens":14,"output_tokens":9}}`,
		`{"type":"message_stop"}`))
	// a summary made before the answer is in no count but its own; another model's advice stays there
	f(genai.Usage{Input: known(206), CacheRead: known(20), Output: known(45), HostedTools: true},
		`{"content":[],"usage":{"input_tokens":23,"output_tokens":10,"iterations":[{"type":"compaction","input_tokens":163,"cache_read_input_tokens":20,"output_tokens":35},
		{"input_tokens":23,"output_tokens":10,"type":"message"},{"type":"advisor_message","model":"claude-opus","input_tokens":99,"output_tokens":9}]}}`)
	// nothing but the start
	f(genai.Usage{Input: known(3), Output: known(4)}, events(
		`{"type":"message_start","message":{"usage":{"input_tokens":3,"output_tokens":4}}}`, `{"type":"message_stop"}`))
}

// LocalAI, SGLang's gateway, exo and Xinference begin with an input of 0, and count only the output at the end.
func TestInputNotCountedAtTheStart(t *testing.T) {
	const request = `{"stream":true,"messages":[{"role":"user","content":"How many roads must a man walk down?"}]}`
	f := func(want genai.Usage, start, end string) {
		t.Helper()
		require.Equal(t, want, decode(t, request, events(
			`{"type":"message_start","message":{"usage":`+start+`}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Many"}}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":`+end+`}`, `{"type":"message_stop"}`), 200).Usage)
	}
	known := genai.Known
	estimated := genai.Usage{Source: genai.UsageEstimated, Input: decode(t, request, `{"content":[{"type":"text","text":"Many"}]}`, 200).Usage.Input, Output: known(12)}
	require.Positive(t, estimated.Input.N)
	f(estimated, `{"input_tokens":0,"output_tokens":0}`, `{"output_tokens":12}`)
	f(estimated, `{"input_tokens":0,"output_tokens":0}`, `{"input_tokens":null,"output_tokens":12}`)
	estimated.CacheRead = known(0)
	f(estimated, `{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}`, `{"output_tokens":12}`)
	// what is told is not replaced
	reported := genai.Usage{Source: genai.UsageReported, Output: known(12)}
	reported.Input = known(9)
	f(reported, `{"input_tokens":0,"output_tokens":0}`, `{"input_tokens":9,"output_tokens":12}`)
	reported.Input = known(0)
	f(reported, `{"input_tokens":0,"output_tokens":0}`, `{"input_tokens":0,"output_tokens":12}`)
	reported.Input, reported.CacheRead = known(7), known(7)
	f(reported, `{"input_tokens":0,"cache_read_input_tokens":7,"output_tokens":0}`, `{"output_tokens":12}`)
	f(reported, `{"input_tokens":0,"output_tokens":0}`, `{"cache_read_input_tokens":7,"output_tokens":12}`)
}

// Fast answers have prices of their own, and are of no other tier that has. What runs in the US alone costs more in each tier.
func TestServiceTier(t *testing.T) {
	f := func(want, usage string) {
		t.Helper()
		require.Equal(t, want, decode(t, "{}", `{"content":[],"usage":`+usage+`}`, 200).ServiceTier)
		require.Equal(t, want, decode(t, "{}", events(`{"type":"message_start","message":{"usage":`+usage+`}}`, `{"type":"message_stop"}`), 200).ServiceTier)
	}
	f("", `{"input_tokens":1}`)
	f("batch", `{"input_tokens":1,"service_tier":"batch","speed":null}`)
	f("standard", `{"input_tokens":1,"service_tier":"standard","speed":"standard"}`)
	f("fast", `{"input_tokens":1,"service_tier":"standard","speed":"fast"}`)
	f("fast", `{"input_tokens":1,"speed":"fast","service_tier":"standard"}`)
	f("standard", `{"input_tokens":1,"service_tier":"standard","inference_geo":"global"}`)
	f("standard", `{"input_tokens":1,"service_tier":"standard","inference_geo":"not_available"}`)
	f("us", `{"input_tokens":1,"inference_geo":"us"}`)
	f("us", `{"input_tokens":1,"service_tier":"standard","inference_geo":"us"}`)
	f("batch-us", `{"input_tokens":1,"inference_geo":"us","service_tier":"batch"}`)
	f("fast-us", `{"input_tokens":1,"service_tier":"standard","speed":"fast","inference_geo":"us"}`)
}

// Gateways state the cost: OpenRouter in its Messages API, LiteLLM in message_delta.
func TestCostThatAGatewayStates(t *testing.T) {
	want := genai.Cost{Amount: 1_230_000, Known: true, Source: genai.CostReported}
	usage := `{"input_tokens":1,"output_tokens":2,"is_byok":false,"cost":0.00123,"cost_details":{"upstream_inference_cost":null}}`
	require.Equal(t, want, decode(t, "{}", `{"content":[],"usage":`+usage+`}`, 200).Cost)
	require.Equal(t, want, decode(t, `{"stream":true}`, events(`{"type":"message_start","message":{"usage":{"input_tokens":1,"cost":null}}}`,
		`{"type":"message_delta","usage":`+usage+`}`, `{"type":"message_stop"}`), 200).Cost)
}

// Searching the web costs something besides the tokens, and another model's advice tokens of another price.
func TestHostedTools(t *testing.T) {
	f := func(want bool, usage string) {
		t.Helper()
		require.Equal(t, want, decode(t, "{}", `{"content":[],"usage":`+usage+`}`, 200).Usage.HostedTools)
		require.Equal(t, want, decode(t, "{}", events(`{"type":"message_start","message":{"usage":{"input_tokens":1,"server_tool_use":{"web_search_requests":0}}}}`,
			`{"type":"message_delta","usage":`+usage+`}`, `{"type":"message_stop"}`), 200).Usage.HostedTools)
	}
	f(false, `{"input_tokens":1,"output_tokens":2,"server_tool_use":null}`)
	f(false, `{"input_tokens":1,"output_tokens":2,"server_tool_use":{"web_search_requests":0,"web_fetch_requests":2}}`)
	f(true, `{"input_tokens":1,"output_tokens":2,"server_tool_use":{"web_search_requests":2,"web_fetch_requests":0}}`)
	f(false, `{"input_tokens":1,"output_tokens":2,"iterations":[{"type":"message","input_tokens":1,"output_tokens":2}]}`)
	f(true, `{"input_tokens":1,"output_tokens":2,"iterations":[{"type":"advisor_message","input_tokens":1,"output_tokens":2}]}`)
}

// Of a sum that no number holds nothing is known: no count of tokens is negative.
func TestAbsurdUsage(t *testing.T) {
	call := decode(t, "{}", `{"content":[{"type":"text","text":"four"}],"usage":{"input_tokens":9223372036854775807,"cache_read_input_tokens":1,"output_tokens":2}}`, 200)
	require.Equal(t, genai.Count{}, call.Usage.Input)
	require.Equal(t, genai.Known(2), call.Usage.Output)
}

func TestContentThatIsText(t *testing.T) {
	call := decode(t, "{}", `{"type":"message","content":"Hello","stop_reason":"end_turn"}`, 200)
	require.Equal(t, "Hello", call.Detail.Choices[0].Text)
}

// Blocks of which the parts are mixed, as llama.cpp sends them, and tools that the server runs.
func TestBlocks(t *testing.T) {
	call := decode(t, "{}", events(
		`{"type":"message_start","message":{"id":"m1","model":"claude"}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"f"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}`,
		`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}`,
		`{"type":"content_block_start","index":3,"content_block":{"type":"server_tool_use","id":"c","name":"web_search","input":{"q":1}}}`,
		`{"type":"content_block_start","index":4,"content_block":{"type":"web_search_tool_result","content":[]}}`,
		`{"type":"content_block_start","index":5,"content_block":{"type":"mcp_tool_use","id":"d","name":"echo","server_name":"s","input":{}}}`,
		`{"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}}`,
		`{"type":"content_block_start","index":6,"content_block":{"type":"mcp_tool_result","tool_use_id":"d","content":[]}}`,
		`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}}`, `{"type":"message_stop"}`), 200)
	require.Equal(t, "hm", call.Detail.Choices[0].Reasoning)
	require.Equal(t, []genai.ToolCall{
		{ID: "a", Name: "f", Kind: "function", Arguments: `{"x":1}`}, {ID: "b", Name: "g", Kind: "function", Arguments: `{}`},
	}, call.Detail.Choices[0].ToolCalls)
	require.Equal(t, []genai.ToolCall{
		{ID: "c", Name: "web_search", Kind: "function", Arguments: `{"q":1}`}, {ID: "d", Name: "echo", Kind: "function", Arguments: `{"x":1}`},
	}, call.Detail.Choices[0].ServerCalls)
	require.True(t, call.Detail.Choices[0].Other)
	require.Equal(t, []string{"f", "g", "web_search", "echo"}, call.ToolNames)
	require.Equal(t, []string{"tool_use"}, call.FinishReasons)
	require.Equal(t, []string{"m1", "claude"}, []string{call.ResponseID, call.ResponseModel})
}

// Claude's newer models leave their thinking out of its block, but count it.
func TestThinkingThatIsLeftOut(t *testing.T) {
	f := func(hidden bool, answer string) {
		t.Helper()
		require.Equal(t, hidden, decode(t, "{}", answer, 200).Detail.Choices[0].Hidden)
	}
	f(true, `{"content":[{"type":"thinking","thinking":"","signature":"s"},{"type":"text","text":"hi"}],"stop_reason":"end_turn"}`)
	f(false, `{"content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"hi"}],"stop_reason":"end_turn"}`)
	f(false, `{"content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}`)
	start := `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`
	signed := `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}`
	f(true, events(start, signed, `{"type":"message_stop"}`))
	f(false, events(start, `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`, signed, `{"type":"message_stop"}`))
}

func TestErrors(t *testing.T) {
	f := func(want genai.Outcome, wantType string, status int, answer string) {
		t.Helper()
		call := decode(t, "{}", answer, status)
		require.Equal(t, want, call.Outcome)
		require.Equal(t, wantType, call.ErrorType)
	}
	f(genai.OutcomeUpstreamError, genai.ErrorOverloaded, 529, `{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"}`)
	f(genai.OutcomeClientError, genai.ErrorContextLength, 400, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}`)
	f(genai.OutcomeClientError, genai.ErrorTooLarge, 413, `{"type":"error","error":{"type":"request_too_large","message":"m"}}`)
	// in mid-stream, with and without its wrapping
	start := `{"type":"message_start","message":{"id":"m1","usage":{"input_tokens":3,"output_tokens":1}}}`
	f(genai.OutcomeClientError, genai.ErrorRateLimit, 200, events(start, `{"type":"error","error":{"type":"rate_limit_error","message":"m"}}`))
	f(genai.OutcomeUpstreamError, genai.ErrorServerError, 200, events(start)+"event: error\ndata: {\"code\":500,\"message\":\"m\",\"type\":\"server_error\"}\n\n")
	f(genai.OutcomeOK, "", 200, `{"type":"message","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn"}`)
}

func TestRequests(t *testing.T) {
	call := decode(t, `{"model":"claude","max_tokens":100,"stream":true,"system":[{"type":"text","text":"Be brief."}],
		"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any","disable_parallel_tool_use":true},
		"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},
		"messages":[{"role":"user","content":[{"type":"image","source":{}},{"type":"document","source":{}}]},
		{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{}}]}]}]}`, "", 500)
	require.Equal(t, "claude", call.RequestModel)
	require.Equal(t, []int{2, 2, 1, 1}, []int{call.Turn, call.InputImages, call.InputFiles, call.ToolsOffered})
	require.NotZero(t, call.PromptVersion)
	d := call.Detail
	require.True(t, d.StreamAsked)
	require.Equal(t, genai.Known(100), d.MaxTokens)
	require.Equal(t, "required", d.ToolChoice.Mode)
	require.False(t, *d.ParallelTools)
	require.JSONEq(t, `{"type":"object"}`, string(d.ResponseSchema))
	require.Equal(t, "json_schema", call.ResponseFormat)
	require.Equal(t, []string{"f", `{"type":"object"}`}, []string{d.Tools[0].Name, string(d.Tools[0].Schema)})

	call = decode(t, `{"tool_choice":{"type":"tool","name":"g"}}`, "", 500)
	require.Equal(t, genai.ToolChoice{Mode: "named", Names: []string{"g"}}, call.Detail.ToolChoice)
}

// LiteLLM and others begin with counts of nothing, and count at the end.
func TestInputOfAnswersThatBreakOff(t *testing.T) {
	f := func(want int64, input string) {
		t.Helper()
		call := decode(t, `{"messages":[{"role":"user","content":"eight ch"}]}`, events(
			`{"type":"message_start","message":{"usage":{"input_tokens":`+input+`,"output_tokens":0}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"four"}}`), 200)
		require.Equal(t, genai.Usage{Input: genai.Known(want), Output: genai.Known(1), Source: genai.UsageEstimated}, call.Usage)
	}
	f(2, "0")
	f(7, "7")
}

func TestCountTokens(t *testing.T) {
	call := &genai.Call{}
	x := &exchange.Exchange{Status: 200, Request: exchange.Message{Body: []byte(`{"model":"m"}`)}, Response: exchange.Message{Body: []byte(`{"input_tokens":13}`)}}
	require.NoError(t, DecodeCountTokens(x, nil, call))
	require.Equal(t, genai.OperationCountTokens, call.Operation)
	require.Equal(t, genai.Usage{Source: genai.UsageNone}, call.Usage)
	require.Equal(t, genai.OutcomeOK, call.Outcome)
}

func TestMemoryOfLargeListsIsInProportion(t *testing.T) {
	wiretest.LargeRequest(t, DecodeMessages, `{"messages":[{"content":[`, `{}`, `]}]}`)
	wiretest.LargeRequest(t, DecodeMessages, `{"system":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeMessages, `{"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{`, `"":1`, `}}]}]}`)
	wiretest.LargeRequest(t, DecodeMessages, `{"tools":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeMessages, `{"stop_sequences":[`, `""`, `]}`)
	wiretest.LargeAnswer(t, DecodeMessages, `{"content":[`, `{}`, `]}`)
	wiretest.LargeAnswer(t, DecodeMessages, `{"content":[`, `{"type":"tool_use"}`, `]}`)
	wiretest.LargeAnswer(t, DecodeMessages, `{"content":[{"type":"tool_use","input":{`, `"":1`, `}}]}`)
	wiretest.LargeStream(t, DecodeMessages, `{"type":"content_block_start","content_block":{"type":"tool_use"}}`)
}
